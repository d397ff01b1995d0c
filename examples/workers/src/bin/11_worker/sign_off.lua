-- KEYS[1]: what the worker has in flight
-- KEYS[2]: the active jobs
-- KEYS[3]: the workers
-- KEYS[4]: what is kept of this one
-- ARGV[1]: the worker
-- Returns how many jobs were given back.
-- First, so that a fetch that is still on its way is refused.
redis.call("ZREM", KEYS[3], ARGV[1])
local jobs = redis.call("SMEMBERS", KEYS[1])
for _, job in ipairs(jobs) do
    redis.call("LPUSH", KEYS[2], job)
end
redis.call("DEL", KEYS[1], KEYS[4])
return #jobs
