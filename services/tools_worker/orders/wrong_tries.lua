-- A sliding window of tries: a sorted set of their ids by the server's time.
-- keys: tries; [limit, window in ms, try] -> 0 when the try may be made, else in how many ms the next one may
local tries, limit, window, try = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', tries, '-inf', now - window)
if redis.call('ZSCORE', tries, try) then
  return 0
end
local made = redis.call('ZCARD', tries)
if made < limit then
  redis.call('ZADD', tries, now, try)
  redis.call('PEXPIRE', tries, window)
  return 0
end
local first_to_go = redis.call('ZRANGE', tries, made - limit, made - limit, 'WITHSCORES')
return first_to_go[2] + window - now
