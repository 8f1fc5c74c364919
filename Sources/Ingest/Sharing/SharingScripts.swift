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
///                                 n<index>          what came with the slot's chunk beside it: `CaptureNotes`
///                                 s<index> serial   prints of the last captures that had the name before, newest first, each with
///                                                   the capture's number: f: of finished ones, u: of others
///                                 echo              of a capture all of whose slots are in doubt: which ones it may be again
/// ```
/// A slot is in doubt when its chunk equals the one that a former capture had there: a broker that repeats may have sent it again,
/// and then the capture's own is still to come. Such a capture counts as whole when all of it is in doubt (then it is a former one
/// again), or when nothing has come for a while. Without chunks there is no capture, whatever else is left: so deleting
/// `image_chunks:` by hand resets one.
enum SharingScripts {
    private static let retire = """
        local function retire(how)
            local kept, mine, number = {}, {}, 1
            local fields = redis.call('HGETALL', KEYS[2])
            for i = 1, #fields, 2 do
                local kind, slot = string.match(fields[i], '^([ds])(%d+)$')
                if kind == 's' then kept[slot] = fields[i + 1] elseif kind == 'd' then mine[slot] = fields[i + 1] end
                if fields[i] == 'serial' then number = tonumber(fields[i + 1]) + 1 end
            end
            redis.call('DEL', KEYS[1], KEYS[2])
            for slot, print in pairs(mine) do
                local list, count = how .. ':' .. number .. ':' .. print, 1
                for entry in string.gmatch(kept[slot] or '', '%S+') do
                    if count < 4 then list, count = list .. ' ' .. entry, count + 1 end
                end
                kept[slot] = list
            end
            for slot, list in pairs(kept) do redis.call('HSET', KEYS[2], 's' .. slot, list) end
            redis.call('HSET', KEYS[2], 'serial', number)
        end

        """

    /// Takes one chunk. Arguments: index, total, base64, print, expiry in ms, Unix seconds, token of the capture if it begins one,
    /// most bytes of base64, topic, notes. Answers fate, whole or not, token, bytes; and of a capture that it put an end to, the total and
    /// the slots that were filled.
    static let share = RedisScript(
        retire + """
            local chunks, meta, slot, total, text, print = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
            local count = redis.call('HLEN', chunks)
            local it = redis.call('HMGET', meta, 'total', 'capture', 'own', 'doubts', 'bytes', 'd' .. slot, 'p' .. slot, 's' .. slot, 'too_large',
                'echo')
            local mine, token, own, doubts, bytes = it[1], it[2], tonumber(it[3] or 0), tonumber(it[4] or 0), tonumber(it[5] or 0)
            local known, doubted, doomed = it[6], it[7], it[9]
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

            local late, again, echoes = false, false, {}
            for how, number, known in string.gmatch(it[8] or '', '(%a):(%d+):(%S+)') do
                if known == print then
                    late, again = true, again or how == 'f'
                    echoes[#echoes + 1] = number
                end
            end
            if count > 0 and (not same or doomed or filled and not doubted) then
                if again then return answer(1, false) end
                if own > 0 then
                    if not doomed and mine then gone = {tonumber(mine), redis.call('HKEYS', chunks)} end
                    retire('u')
                    nothing()
                    late = false
                else
                    redis.call('DEL', chunks)
                    clear()
                end
                filled = false
            end

            if late and own == 0 then
                if count > 0 then
                    local common = {}
                    for _, number in ipairs(echoes) do
                        if string.find(' ' .. (it[10] or '') .. ' ', ' ' .. number .. ' ', 1, true) then common[#common + 1] = number end
                    end
                    if #common == 0 then
                        -- Late repeats of several captures make none.
                        redis.call('DEL', chunks)
                        clear()
                        filled = false
                    else
                        echoes = common
                    end
                end
                redis.call('HSET', meta, 'echo', table.concat(echoes, ' '))
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
                bytes = 0
                redis.call('HSET', meta, 'too_large', '1', 'd' .. slot, print, 'own', 1, 'bytes', 0)
                return answer(3, false)
            end
            redis.call('HSET', chunks, slot, text)
            if late then
                doubts = doubts + 1
                redis.call('HSET', meta, 'p' .. slot, '1')
            else
                own = own + 1
            end
            redis.call('HSET', meta, 'd' .. slot, print, 'n' .. slot, ARGV[10] or '', 'own', own, 'doubts', doubts, 'bytes', bytes)
            return answer(late and 1 or 0, tostring(count) == total and (doubts == 0 or own == 0))
            """)

    /// Reads a part of a capture. Arguments: token, first index, bytes that suffice. Answers total, topic, and the chunks from there on, each
    /// with its notes, up to one that is missing; null when the capture is not there any more.
    static let collect = RedisScript(
        """
        local it = redis.call('HMGET', KEYS[2], 'capture', 'total', 'topic')
        if it[1] ~= ARGV[1] or not it[2] then return false end
        local found, size = {tonumber(it[2]), it[3] or ''}, 0
        for index = tonumber(ARGV[2]), found[1] - 1 do
            local text = redis.call('HGET', KEYS[1], index)
            if not text then break end
            found[#found + 1] = text
            found[#found + 1] = redis.call('HGET', KEYS[2], 'n' .. index) or ''
            size = size + #text
            if size >= tonumber(ARGV[3]) then break end
        end
        return found
        """)

    /// The picture is safe at a gateway, or known to be none: its chunks go, their prints stay. Arguments: token, expiry in ms.
    static let finish = RedisScript(
        retire + """
            if redis.call('HGET', KEYS[2], 'capture') ~= ARGV[1] then return 0 end
            retire('f')
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

    /// Deletes whatever stands under our names and is no hash.
    static let clear = RedisScript(
        """
        for _, key in ipairs(KEYS) do
            local kind = redis.call('TYPE', key).ok
            if kind ~= 'hash' and kind ~= 'none' then redis.call('DEL', key) end
        end
        return 1
        """)

    /// Whether memory and disk take a write now; leaves nothing behind.
    static let probe = RedisScript("redis.call('SET', KEYS[1], '1', 'PX', 1000) return redis.call('DEL', KEYS[1])")

    /// Those the intake thread runs, and those of the look around.
    static let ofIntake = [share, collect, finish, clear, probe]
    static let ofSweep = [adopt, remove]
}
