import Clients

/// Share mode's steps in Redis that must not be divided. Each has two keys: a capture's chunks, and what is known of it.
///
/// ```
/// image_chunks:<image_id>:<uid>   index             base64
/// image_meta:<image_id>:<uid>     total             how many chunks it has
///                                 last_update       Unix seconds
///                                 capture           a token that tells it from others of the same name
///                                 topic             where its first chunk came from
///                                 own doubts bytes  slots that are surely its own, slots in doubt, base64 in all
///                                 d<index>          the print of the slot's chunk
///                                 p<index>          that the slot is in doubt
///                                 s<index> stale    prints of the capture that had the name before, and 1 if that was finished
/// ```
/// A slot is in doubt when its chunk equals the one that the former capture had there: a broker that repeats may have sent it again,
/// and then the capture's own is still to come. Such a capture counts as whole when all of it is in doubt (then it is the former one
/// again), or when nothing has come for a while. Without chunks there is no capture, whatever else is left: so deleting
/// `image_chunks:` by hand resets one.
enum SharingScripts {
    private static let retire = """
        local function retire(finished)
            local fields = redis.call('HGETALL', KEYS[2])
            redis.call('DEL', KEYS[1], KEYS[2])
            for i = 1, #fields, 2 do
                local slot = string.match(fields[i], '^d(%d+)$')
                if slot then redis.call('HSET', KEYS[2], 's' .. slot, fields[i + 1]) end
            end
            redis.call('HSET', KEYS[2], 'stale', finished)
        end

        """

    /// Takes one chunk. Arguments: index, total, base64, print, expiry in ms, Unix seconds, token of the capture if it begins one,
    /// most bytes of base64, topic. Answers fate, whole or not, token, bytes; and of a capture that it put an end to, the total and
    /// the slots that were filled.
    static let share = RedisScript(
        retire + """
            local chunks, meta, slot, total, text, print = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
            local count = redis.call('HLEN', chunks)
            local it = redis.call('HMGET', meta, 'total', 'capture', 'own', 'doubts', 'bytes', 'd' .. slot, 'p' .. slot, 's' .. slot, 'stale',
                'too_large')
            local mine, token, own, doubts, bytes = it[1], it[2], tonumber(it[3] or 0), tonumber(it[4] or 0), tonumber(it[5] or 0)
            local known, doubted, former, stale, doomed = it[6], it[7], it[8], it[9], it[10]
            local gone = {}

            local function nothing()
                mine, token, own, doubts, bytes, known, doubted, doomed, count = false, false, 0, 0, 0, false, false, false, 0
            end
            local function clear()
                for _, field in ipairs(redis.call('HKEYS', meta)) do
                    if string.sub(field, 1, 1) ~= 's' then redis.call('HDEL', meta, field) end
                end
                nothing()
            end
            local function answer(fate, whole)
                redis.call('HSET', meta, 'last_update', ARGV[6])
                redis.call('PEXPIRE', chunks, ARGV[5])
                redis.call('PEXPIRE', meta, ARGV[5])
                return {fate, whole and 1 or 0, token or '', bytes, gone[1] or false, gone[2] or false}
            end

            if count == 0 and mine then clear() end
            if count > 0 and mine and not token then
                token, own = ARGV[7], 1
                redis.call('HSET', meta, 'capture', token, 'own', own)
            end
            if count > 0 and not doomed and tostring(count) == mine and (doubts == 0 or own == 0) then
                return {2, 1, token, bytes, false, false}
            end

            local same = count > 0 and mine == total
            if doomed and same and (not known or known == print) then
                redis.call('HSET', meta, 'd' .. slot, print)
                return answer(1, false)
            end
            local filled = same and redis.call('HEXISTS', chunks, slot) == 1
            if filled and (known == print or not known and redis.call('HGET', chunks, slot) == text) then return answer(1, false) end

            local late = former == print
            if count > 0 and (not same or doomed or filled and not doubted) then
                if late and stale == '1' then return answer(1, false) end
                if own > 0 then
                    if not doomed and mine then gone = {tonumber(mine), redis.call('HKEYS', chunks)} end
                    retire('0')
                    nothing()
                    late = false
                else
                    redis.call('DEL', chunks)
                    clear()
                end
                filled = false
            end

            if count == 0 then
                token = ARGV[7]
                redis.call('HSET', meta, 'total', total, 'capture', token, 'topic', ARGV[9])
            end
            if filled then
                bytes = bytes - redis.call('HSTRLEN', chunks, slot)
                doubts = doubts - 1
                redis.call('HDEL', meta, 'p' .. slot)
            else
                count = count + 1
            end
            bytes = bytes + #text
            if bytes > tonumber(ARGV[8]) then
                redis.call('DEL', chunks)
                redis.call('HSET', chunks, 'too_large', '1')
                redis.call('HSET', meta, 'too_large', '1', 'd' .. slot, print, 'own', 1)
                return answer(3, false)
            end
            redis.call('HSET', chunks, slot, text)
            if late then
                doubts = doubts + 1
                redis.call('HSET', meta, 'p' .. slot, '1')
            else
                own = own + 1
            end
            redis.call('HSET', meta, 'd' .. slot, print, 'own', own, 'doubts', doubts, 'bytes', bytes)
            return answer(late and 1 or 0, tostring(count) == total and (doubts == 0 or own == 0))
            """)

    /// Reads a part of a capture. Arguments: token, first index, bytes that suffice. Answers total, topic, and the chunks from there on;
    /// null when it is not there any more.
    static let collect = RedisScript(
        """
        local it = redis.call('HMGET', KEYS[2], 'capture', 'total', 'topic')
        if it[1] ~= ARGV[1] or not it[2] then return false end
        local found, size = {tonumber(it[2]), it[3] or ''}, 0
        for index = tonumber(ARGV[2]), found[1] - 1 do
            local text = redis.call('HGET', KEYS[1], index)
            if not text then return false end
            found[#found + 1] = text
            size = size + #text
            if size >= tonumber(ARGV[3]) then break end
        end
        return found
        """)

    /// The picture is safe at a gateway, or known to be none: its chunks go, their prints stay. Arguments: token, expiry in ms.
    static let finish = RedisScript(
        retire + """
            if redis.call('HGET', KEYS[2], 'capture') ~= ARGV[1] then return 0 end
            retire('1')
            redis.call('PEXPIRE', KEYS[2], ARGV[2])
            return 1
            """)

    /// Takes a whole capture that nobody makes a picture of, for a while; its doubts are over. Arguments: Unix seconds, for how many
    /// seconds, a token where it has none. Answers token and bytes, or null.
    static let adopt = RedisScript(
        """
        local it = redis.call('HMGET', KEYS[2], 'total', 'capture', 'taken', 'too_large', 'bytes')
        if not it[1] or it[4] or tostring(redis.call('HLEN', KEYS[1])) ~= it[1] then return false end
        if it[3] and tonumber(ARGV[1]) - tonumber(it[3]) < tonumber(ARGV[2]) then return false end
        local token = it[2] or ARGV[3]
        redis.call('HSET', KEYS[2], 'taken', ARGV[1], 'capture', token, 'doubts', 0)
        return {token, tonumber(it[5] or 0)}
        """)

    /// Deletes what was left behind, if it is as it was seen. Arguments: last_update as seen. Answers how many keys went.
    static let remove = RedisScript(
        """
        if (redis.call('HGET', KEYS[2], 'last_update') or '') ~= ARGV[1] then return 0 end
        if redis.call('PTTL', KEYS[1]) >= 0 or redis.call('PTTL', KEYS[2]) >= 0 then return 0 end
        return redis.call('DEL', KEYS[1], KEYS[2])
        """)

    /// Whether memory and disk take a write now; leaves nothing behind.
    static let probe = RedisScript("redis.call('SET', KEYS[1], '1', 'PX', 1000) return redis.call('DEL', KEYS[1])")

    /// Those the intake thread runs, and those of the look around.
    static let ofIntake = [share, collect, finish, probe]
    static let ofSweep = [adopt, remove]
}
