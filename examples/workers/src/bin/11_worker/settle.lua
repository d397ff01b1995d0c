-- KEYS[1]: what the worker has in flight
-- KEYS[2]: where the job goes: the done, the dead, the scheduled or the active ones
-- KEYS[3]: the job's metadata
-- ARGV[1]: the job
-- ARGV[2]: its status
-- ARGV[3]: how often it was begun
-- ARGV[4]: its result, as JSON, or nothing
-- ARGV[5]: when it is due, in seconds since 1970, if it is scheduled
-- Returns whether it was this worker's.
if redis.call("SREM", KEYS[1], ARGV[1]) == 0 then
    return 0
end
if ARGV[2] == "Pending" and ARGV[5] == "" then
    -- In front, from where it came.
    redis.call("LPUSH", KEYS[2], ARGV[1])
    return 1
end
if ARGV[5] ~= "" then
    redis.call("ZADD", KEYS[2], ARGV[5], ARGV[1])
else
    redis.call("SADD", KEYS[2], ARGV[1])
end
redis.call("HSET", KEYS[3], "status", ARGV[2], "attempts", ARGV[3], "result", ARGV[4], "done_at", redis.call("TIME")[1])
return 1
