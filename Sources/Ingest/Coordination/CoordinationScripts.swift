import Clients
import IngestCore

/// The steps in Redis that must not be divided. Times are in milliseconds; an empty argument stands for nothing.
enum CoordinationScripts {
    /// Sets a claim and its lock where Redis knows nothing of the picture yet, which is the rule; else tells what it knows.
    /// Keys: claim, processed, lock. Arguments: claim, owner, expiry. Answers 1, or the values of the three keys.
    /// `processed:` is people's to delete and to set: what is no text there, is as good as nothing.
    static let claim = RedisScript(
        """
        local claim, lock = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[3])
        local processed = redis.pcall('GET', KEYS[2])
        if type(processed) == 'table' then processed = false end
        if claim or processed or (lock and lock ~= ARGV[2]) then return {claim, processed, lock} end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
        redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
        return 1
        """)

    /// Sets a claim and its lock, if the claim is still as it was seen and nobody else has the lock.
    /// Keys: claim, lock. Arguments: claim as seen, as it shall be, owner, expiry. Answers 1, or 0 when nothing was done.
    static let take = RedisScript(
        """
        if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
        local lock = redis.call('GET', KEYS[2])
        if lock and lock ~= ARGV[3] then return 0 end
        redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4])
        redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
        return 1
        """)

    /// Lets a claim and its lock live on, also where Redis has forgotten them; what another holds is left alone.
    /// Keys: claim, lock. Arguments: claim, owner, expiry. Answers 1, or 0 when another has the claim.
    static let renew = RedisScript(
        """
        local lock = redis.call('GET', KEYS[2])
        if not lock or lock == ARGV[2] then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
        local claim = redis.call('GET', KEYS[1])
        if claim and claim ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
        return 1
        """)

    /// Notes a picture as stored: the camera's line replaces its former one, the claim tells so for a while, the lock goes, and the
    /// session with it.
    /// Keys: processed, claim, lock, session. Arguments: uid, checksum, expiry of processed, claim as held, as it shall be, its expiry,
    /// the lock's owner, and the names the session had here.
    static let store = RedisScript(
        """
        local before = redis.call('GET', KEYS[1])
        if before ~= '1' and tonumber(ARGV[3]) > 0 then
            local lines = {}
            for line in string.gmatch(before or '', '[^\\n]+') do
                if line == '1' or string.sub(line, 1, -66) ~= ARGV[1] then lines[#lines + 1] = line end
            end
            lines[#lines + 1] = ARGV[1] .. ' ' .. ARGV[2]
            redis.call('SET', KEYS[1], table.concat(lines, '\\n'), 'PX', ARGV[3])
        end
        local claim = redis.call('GET', KEYS[2])
        if not claim or claim == ARGV[4] then
            if tonumber(ARGV[6]) > 0 then
                redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6])
            else
                redis.call('DEL', KEYS[2])
            end
        end
        if redis.call('GET', KEYS[3]) == ARGV[7] then redis.call('DEL', KEYS[3]) end
        local session = redis.call('GET', KEYS[4])
        for i = 8, #ARGV do
            if session == ARGV[i] then redis.call('DEL', KEYS[4]) end
        end
        return 1
        """)

    /// Deletes each key that holds the argument of the same number, and no other.
    static let release = RedisScript(
        """
        local count = 0
        for i = 1, #KEYS do
            if redis.call('GET', KEYS[i]) == ARGV[i] then count = count + redis.call('DEL', KEYS[i]) end
        end
        return count
        """)

    /// Takes one camera's line out of `processed:`. Keys: processed. Arguments: uid. Answers how many lines went.
    static let forget = RedisScript(
        """
        local before = redis.call('GET', KEYS[1])
        if not before then return 0 end
        local lines, gone = {}, 0
        for line in string.gmatch(before, '[^\\n]+') do
            if string.sub(line, 1, -66) == ARGV[1] then gone = gone + 1 else lines[#lines + 1] = line end
        end
        if #lines == 0 then
            redis.call('DEL', KEYS[1])
        elseif gone > 0 then
            redis.call('SET', KEYS[1], table.concat(lines, '\\n'), 'PX', math.max(1, redis.call('PTTL', KEYS[1])))
        end
        return gone
        """)

    /// Those a gateway runs.
    static let ofGateway = [claim, take, renew, store, release]
}

extension RedisScript {
    /// By its digest: the link has told the server the whole.
    func known(keys: [String], _ arguments: String...) -> RedisCommand { known(keys: keys, arguments) }

    func known(keys: [String], _ arguments: [String]) -> RedisCommand {
        command(whole: false, keys: keys, arguments: arguments.map { Array($0.utf8) })
    }
}
