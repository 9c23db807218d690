#!lua name=supportbot

--[[
The guarded steps: the only atomic code of the system. docs/decisions/0001-one-step-one-transaction.md says why.

Keys of a conversation, always in this order, all in one slot:
  1 conversation  hash    session_id customer_id language epoch state | turn turn_cursor token until entry waiting_for taken stop | attempt n last_frame wrote
  2 inbox         list    "<accepted ms> <message JSON>", the order in which messages are answered
  3 transcript    list    AG-UI messages, oldest first
  4 frames        stream  id <attempt>-<n>, fields f (frame JSON) and p (id of the frame before)
  5 deadlines     sorted set of the partition: conversation id by the time its oldest message must have ended
  6 accepted      hash    client id -> "<digest> <message id>"
  7 votes         hash    reply id -> feedback JSON or ''
  8 actions       hash    action id -> "<ms until it expires> <open, confirmed or declined> <proposal JSON>"
Streams, where a step appends to or acknowledges on them, follow from 9 on.

`turn` is open from the first grant to the commit that ends it. `token` is the fence: whoever holds it may write.
`entry` is the stream entry whose pending state keeps an open turn alive; nobody may acknowledge it but the commit.
]]

local CONVERSATION, INBOX, TRANSCRIPT, FRAMES, DEADLINES, ACCEPTED, VOTES, ACTIONS, STREAMS =
  1, 2, 3, 4, 5, 6, 7, 8, 9
local FRAME_LOG_LENGTH, TRANSCRIPT_LENGTH, TRANSCRIPT_TAIL = 4000, 1000, 40
local FRAME_LOG_SECONDS, CONVERSATION_SECONDS, UNUSED_SECONDS = 86400, 2592000, 7200
local AN_HOUR_MS = 3600000

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function append_event(stream, event)
  return redis.call('XADD', stream, '*', '__data__', event)
end

-- Without its group an entry pends nowhere: it is read once more when the group is made anew.
local function pends(stream, group, entry)
  return #redis.pcall('XPENDING', stream, group, entry, entry, 1) > 0
end

local function acknowledge(stream, group, entry)
  if entry ~= '' then
    redis.call('XACK', stream, group, entry)
  end
end

-- Frame ids are given here and nowhere else, so they are contiguous and in the order of the commits.
local function append_frames(keys, channel, frames)
  local head = redis.call('HMGET', keys[CONVERSATION], 'attempt', 'n', 'last_frame')
  local attempt, n, previous = head[1] or '0', tonumber(head[2] or '0'), head[3] or '0-0'
  for _, frame in ipairs(frames) do
    n = n + 1
    local id = attempt .. '-' .. n
    redis.call('XADD', keys[FRAMES], 'MAXLEN', '~', FRAME_LOG_LENGTH, id, 'f', frame, 'p', previous)
    redis.call('PUBLISH', channel, id .. ' ' .. previous .. ' ' .. frame)
    previous = id
  end
  redis.call('HSET', keys[CONVERSATION], 'n', n, 'last_frame', previous)
  redis.call('EXPIRE', keys[FRAMES], FRAME_LOG_SECONDS)
end

local function keep(keys)
  for _, key in ipairs({CONVERSATION, INBOX, TRANSCRIPT, ACCEPTED, VOTES, ACTIONS}) do
    redis.call('EXPIRE', keys[key], CONVERSATION_SECONDS)
  end
end

local function set_deadline(keys, conversation_id, limit_ms)
  local first = redis.call('LINDEX', keys[INBOX], 0)
  if first then
    redis.call('ZADD', keys[DEADLINES], tonumber(first:match('^%d+')) + limit_ms, conversation_id)
  else
    redis.call('ZREM', keys[DEADLINES], conversation_id)
  end
end

local function grant(keys, token, turn, entry, lease_ms, take_all)
  local conversation = keys[CONVERSATION]
  if take_all then
    redis.call('HSET', conversation, 'taken', redis.call('LLEN', keys[INBOX]))
  end
  if redis.call('HSETNX', conversation, 'turn', turn) == 1 then
    redis.call('HSET', conversation, 'turn_cursor', redis.call('HGET', conversation, 'last_frame') or '0-0')
  end
  local attempt = redis.call('HINCRBY', conversation, 'attempt', 1)
  redis.call('HSET', conversation, 'token', token, 'entry', entry, 'n', 0, 'wrote', 0,
    'until', now_ms() + lease_ms)
  local fields = redis.call('HMGET', conversation, 'state', 'customer_id', 'taken', 'session_id', 'language')
  local taken = tonumber(fields[3])
  return {'granted', turn, attempt, fields[1] or '', fields[2] or '', fields[4] or '', fields[5] or '',
    redis.call('LRANGE', keys[INBOX], 0, taken - 1), redis.call('LRANGE', keys[TRANSCRIPT], -TRANSCRIPT_TAIL, -1)}
end

-- [conversation_id, session_id, customer_id, epoch, event, language] -> opens a conversation once
local function open(keys, args)
  if redis.call('HSETNX', keys[CONVERSATION], 'session_id', args[2]) == 0 then
    return 0
  end
  redis.call('HSET', keys[CONVERSATION], 'customer_id', args[3], 'language', args[6], 'epoch', args[4],
    'attempt', 0, 'n', 0)
  append_event(keys[STREAMS], args[5])
  redis.call('EXPIRE', keys[CONVERSATION], UNUSED_SECONDS) -- until something is said
  return 1
end

-- [conversation_id, session_id, client_id, digest, message_id, event, inbox item, frame, channel,
--  inbox limit, backlog limit, time limit ms] -> {outcome, message id}
local function intake(keys, args)
  local conversation_id, session_id, client_id, digest, message_id = args[1], args[2], args[3], args[4], args[5]
  if redis.call('HGET', keys[CONVERSATION], 'session_id') ~= session_id then
    return {'not_found'}
  end
  local before = redis.call('HGET', keys[ACCEPTED], client_id)
  if before then
    local same, id = before:match('^(%S+) (%S+)$')
    return {same == digest and 'accepted' or 'conflict', id}
  end
  if redis.call('LLEN', keys[INBOX]) >= tonumber(args[10]) then
    return {'busy'}
  end
  if redis.call('ZCARD', keys[DEADLINES]) >= tonumber(args[11]) then
    return {'overloaded'}
  end
  redis.call('HSET', keys[ACCEPTED], client_id, digest .. ' ' .. message_id)
  append_event(keys[STREAMS], args[6])
  redis.call('RPUSH', keys[INBOX], now_ms() .. ' ' .. args[7])
  append_frames(keys, args[9], {args[8]})
  redis.call('ZADD', keys[DEADLINES], 'NX', now_ms() + tonumber(args[12]), conversation_id)
  keep(keys)
  return {'accepted', message_id}
end

-- [group, entry, token, new turn id, lease ms, tool_call_id] -> {'granted', …}, {'absorbed'} or {'busy'}
-- Absorbed: another entry keeps the work alive, so this one is acknowledged here.
-- A turn that waits for a tool goes on with the tool's result, or with any entry once it has been told to stop.
local function begin(keys, args)
  local group, entry, token, new_turn, lease_ms, tool_call_id = unpack(args)
  local stream = keys[STREAMS]
  if entry ~= '' and not pends(stream, group, entry) then -- absorbed before, and the answer was lost on the way
    return {'absorbed'}
  end
  local fields = redis.call('HMGET', keys[CONVERSATION], 'turn', 'until', 'entry', 'waiting_for', 'token', 'stop')
  local turn, leased, owner, waiting_for = fields[1], tonumber(fields[2] or '0') > now_ms(), fields[3], fields[4]
  if fields[5] == token then -- granted before, and the answer was lost on the way
    return grant(keys, token, turn, entry, tonumber(lease_ms), false)
  end
  if leased and owner == entry and entry ~= '' then
    return {'busy'}
  end
  local goes_on = turn and waiting_for and (waiting_for == tool_call_id or fields[6] == turn)
  if goes_on and not leased then
    return grant(keys, token, turn, entry, tonumber(lease_ms), false)
  end
  local open_elsewhere = turn and (leased or waiting_for)
  if open_elsewhere or redis.call('LLEN', keys[INBOX]) == 0 then
    acknowledge(stream, group, entry)
    return {'absorbed'}
  end
  return grant(keys, token, turn or new_turn, entry, tonumber(lease_ms), true)
end

-- [conversation_id, token, new turn id, lease ms] -> {'granted', …} when its deadline has passed, else {'absorbed'}
-- The deadline moves on by the lease, so that one watchdog acts even if many run. What came during an open turn is
-- not part of it: its time has not come.
local function expire(keys, args)
  local conversation_id, token, new_turn, lease_ms = args[1], args[2], args[3], tonumber(args[4])
  local deadline = tonumber(redis.call('ZSCORE', keys[DEADLINES], conversation_id) or 'inf')
  if deadline > now_ms() then
    return {'absorbed'}
  end
  if redis.call('LLEN', keys[INBOX]) == 0 then
    redis.call('ZREM', keys[DEADLINES], conversation_id)
    return {'absorbed'}
  end
  redis.call('ZADD', keys[DEADLINES], now_ms() + lease_ms, conversation_id)
  redis.call('HDEL', keys[CONVERSATION], 'waiting_for')
  local turn = redis.call('HGET', keys[CONVERSATION], 'turn')
  return grant(keys, token, turn or new_turn, '', lease_ms, not turn)
end

-- [token, lease ms] -> 'ok', 'stop' (the customer wants this turn to end) or 'fenced' (another has taken over)
local function renew(keys, args)
  local fields = redis.call('HMGET', keys[CONVERSATION], 'token', 'turn', 'stop')
  if fields[1] ~= args[1] then
    return 'fenced'
  end
  redis.call('HSET', keys[CONVERSATION], 'until', now_ms() + tonumber(args[2]))
  return fields[2] == fields[3] and 'stop' or 'ok'
end

-- [token, lease ms, frames written before, channel, frame…] -> as renew
-- The count makes it safe to send again when the answer was lost on the way.
local function write_frames(keys, args)
  local answer = renew(keys, args)
  if answer == 'fenced' then
    return answer
  end
  if tonumber(redis.call('HGET', keys[CONVERSATION], 'wrote')) == tonumber(args[3]) then
    local frames = {unpack(args, 5)}
    append_frames(keys, args[4], frames)
    redis.call('HINCRBY', keys[CONVERSATION], 'wrote', #frames)
  end
  return answer
end

-- [token, step JSON] -> 'done', 'more' (messages wait: begin again under the same entry), 'waiting' or 'fenced'
-- step: conversation_id group entry channel state events[[stream number, JSON]…] frames[…] transcript[…]
--       proposals[[action id, lifetime ms, JSON]…] reply_id waiting_for limit_ms
local function commit(keys, args)
  local conversation = keys[CONVERSATION]
  if redis.call('HGET', conversation, 'token') ~= args[1] then
    return 'fenced'
  end
  local step = cjson.decode(args[2])
  local stream = keys[STREAMS]
  redis.call('HSET', conversation, 'state', step.state)
  for _, event in ipairs(step.events) do
    append_event(keys[STREAMS + event[1]], event[2])
  end
  for _, proposal in ipairs(step.proposals) do
    local id, lifetime_ms, json = unpack(proposal)
    redis.call('HSETNX', keys[ACTIONS], id, now_ms() + lifetime_ms .. ' open ' .. json)
  end
  append_frames(keys, step.channel, step.frames)
  for _, message in ipairs(step.transcript) do
    redis.call('RPUSH', keys[TRANSCRIPT], message)
  end
  redis.call('LTRIM', keys[TRANSCRIPT], -TRANSCRIPT_LENGTH, -1)
  redis.call('HDEL', conversation, 'token', 'until', 'entry', 'waiting_for')
  if step.waiting_for ~= '' then
    redis.call('HSET', conversation, 'waiting_for', step.waiting_for)
    acknowledge(stream, step.group, step.entry)
    return 'waiting'
  end
  if step.reply_id ~= '' then
    redis.call('HSETNX', keys[VOTES], step.reply_id, '')
  end
  redis.call('LTRIM', keys[INBOX], tonumber(redis.call('HGET', conversation, 'taken')), -1)
  redis.call('HDEL', conversation, 'turn', 'taken', 'stop')
  set_deadline(keys, step.conversation_id, step.limit_ms)
  keep(keys)
  if redis.call('LLEN', keys[INBOX]) > 0 then
    return 'more'
  end
  acknowledge(stream, step.group, step.entry)
  return 'done'
end

-- keys: times; [limit, window ms] -> 0 when admitted, else the ms to wait: at most `limit` in any window
local function admit(keys, args)
  local limit, window = tonumber(args[1]), tonumber(args[2])
  local oldest = redis.call('LINDEX', keys[1], limit - 1)
  local wait = oldest and tonumber(oldest) + window - now_ms() or 0
  if wait > 0 then
    return wait
  end
  redis.call('LPUSH', keys[1], now_ms())
  redis.call('LTRIM', keys[1], 0, limit - 1)
  redis.call('PEXPIRE', keys[1], window)
  return 0
end

-- [session_id, turn, event] -> 1 when the turn was open and has been told to stop
local function stop(keys, args)
  local fields = redis.call('HMGET', keys[CONVERSATION], 'session_id', 'turn', 'stop')
  if fields[1] ~= args[1] or fields[2] ~= args[2] then
    return 0
  end
  if fields[3] ~= args[2] then
    redis.call('HSET', keys[CONVERSATION], 'stop', args[2])
    append_event(keys[STREAMS], args[3])
  end
  return 1
end

-- [session_id, message_id, vote JSON, client_id, event, frame, channel] -> 'recorded' or 'not_found'
local function vote(keys, args)
  if redis.call('HGET', keys[CONVERSATION], 'session_id') ~= args[1]
    or redis.call('HEXISTS', keys[VOTES], args[2]) == 0 then
    return 'not_found'
  end
  -- No client id has a space, so a vote and a message cannot meet.
  if redis.call('HSETNX', keys[ACCEPTED], 'vote ' .. args[4], 'vote ' .. args[2]) == 1 then
    redis.call('HSET', keys[VOTES], args[2], args[3])
    append_event(keys[STREAMS], args[5])
    append_frames(keys, args[7], {args[6]})
  end
  return 'recorded'
end

-- [conversation_id, session_id, action id, 'confirmed' or 'declined', event, inbox item, frame, channel, time limit ms]
-- -> 'recorded' (now or before), 'settled' (the other way), 'expired' or 'not_found'
-- The answer is the next thing in the inbox, and carries what was proposed as it was proposed.
local function answer_action(keys, args)
  local action_id, answer = args[3], args[4]
  local action = redis.call('HGET', keys[ACTIONS], action_id)
  if not action or redis.call('HGET', keys[CONVERSATION], 'session_id') ~= args[2] then
    return 'not_found'
  end
  local expires, state, proposal = action:match('^(%d+) (%S+) (.*)$')
  if state ~= 'open' then
    return state == answer and 'recorded' or 'settled'
  end
  if tonumber(expires) <= now_ms() then
    return 'expired'
  end
  redis.call('HSET', keys[ACTIONS], action_id, expires .. ' ' .. answer .. ' ' .. proposal)
  append_event(keys[STREAMS], args[5])
  local item = cjson.decode(args[6])
  item.proposal = proposal
  redis.call('RPUSH', keys[INBOX], now_ms() .. ' ' .. cjson.encode(item))
  append_frames(keys, args[8], {args[7]})
  redis.call('ZADD', keys[DEADLINES], 'NX', now_ms() + tonumber(args[9]), args[1])
  keep(keys)
  return 'recorded'
end

-- keys: request stream, result stream, mark of the call; [group, entry, event, seconds] -> 1 when it was the first
local function complete_tool_call(keys, args)
  local first = redis.call('SET', keys[3], '1', 'NX', 'EX', args[4])
  if first then
    append_event(keys[2], args[3])
  end
  acknowledge(keys[1], args[1], args[2])
  return first and 1 or 0
end

-- keys: stream, dead letter stream; [group, entry, event] -> 1 when this call did it
local function bury(keys, args)
  if redis.call('XACK', keys[1], args[1], args[2]) == 0 then
    return 0
  end
  append_event(keys[2], args[3])
  return 1
end

-- Has the group, and no other, get the entry once more, as if for the first time: idle, so that any reader takes it
-- over. Where the entry is no longer on the stream, its payload is appended anew and every group sees it.
local function deliver_again(stream, group, entry, payload)
  local claimed = redis.call('XCLAIM', stream, group, 'replay', 0, entry, 'IDLE', AN_HOUR_MS, 'RETRYCOUNT', 0,
    'FORCE', 'JUSTID')
  if #claimed == 0 then
    append_event(stream, payload)
  end
end

-- What an apology said to this message, or the apology `reply_id`, has ended, as far as nothing has answered it since:
-- inbox items in their order; or why there are none
local function unanswered(keys, message_id, reply_id)
  for _, item in ipairs(redis.call('LRANGE', keys[INBOX], 0, -1)) do
    if cjson.decode(item:match(' (.*)')).message_id == message_id then
      return nil, 'waiting'
    end
  end
  local said, answered, apology = {}, {}, nil
  for _, item in ipairs(redis.call('LRANGE', keys[TRANSCRIPT], 0, -1)) do
    local message = cjson.decode(item)
    local metadata = message.metadata or {}
    if message.role == 'user' then
      said[message.id] = message
    end
    for _, id in ipairs(metadata.in_reply_to or {}) do
      answered[id] = not metadata.failed
      if metadata.failed and (id == message_id or message.id == reply_id) then
        apology = metadata.in_reply_to
      end
    end
  end
  local items = {}
  for _, id in ipairs(apology or {}) do
    if said[id] and not answered[id] then
      table.insert(items, cjson.encode({message_id = id, client_id = said[id].metadata.client_id,
        text = said[id].content, event_id = id, trace = cjson.null, again = true}))
    end
  end
  return items, (apology or answered[message_id]) and 'answered' or 'gone'
end

-- keys: stream, mark of the letter, mark of its tool call if it is one; [group, entry, payload, seconds]
-- -> 'replayed', or why not: 'settled' (replayed or dropped before) or 'answered'
local function replay(keys, args)
  if redis.call('EXISTS', keys[2]) == 1 then
    return 'settled'
  end
  if keys[3] and redis.call('EXISTS', keys[3]) == 1 then
    return 'answered'
  end
  deliver_again(keys[1], args[1], args[2], args[3])
  redis.call('SET', keys[2], 'replayed', 'EX', args[4])
  return 'replayed'
end

-- keys: … 9 stream, 10 mark of the letter; [group, entry, payload, seconds, conversation_id, message_id, reply id,
--  time limit ms] -> as replay, or 'waiting' (it is in the inbox) or 'gone' (its conversation or its apology is)
-- The messages of the turn go back into the inbox; the entry wakes whoever works on them.
local function replay_turn(keys, args)
  local stream, mark = keys[STREAMS], keys[STREAMS + 1]
  if redis.call('EXISTS', mark) == 1 then
    return 'settled'
  end
  local items, why_none = unanswered(keys, args[6], args[7])
  if not items or #items == 0 then
    return why_none
  end
  deliver_again(stream, args[1], args[2], args[3])
  for _, item in ipairs(items) do
    redis.call('RPUSH', keys[INBOX], now_ms() .. ' ' .. item)
  end
  redis.call('ZADD', keys[DEADLINES], 'NX', now_ms() + tonumber(args[8]), args[5])
  keep(keys)
  redis.call('SET', mark, 'replayed', 'EX', args[4])
  return 'replayed'
end

-- keys: stream; [group, idle ms] -> how many readers of the group were forgotten: idle for so long, nothing pending
-- In one step, for what a reader is delivered goes with it.
local function forget_readers(keys, args)
  local forgotten = 0
  for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', keys[1], args[1])) do
    local reader = {}
    for index = 1, #fields, 2 do
      reader[fields[index]] = fields[index + 1]
    end
    if reader.pending == 0 and reader.idle >= tonumber(args[2]) then
      redis.call('XGROUP', 'DELCONSUMER', keys[1], args[1], reader.name)
      forgotten = forgotten + 1
    end
  end
  return forgotten
end

redis.register_function('sb_open', open)
redis.register_function('sb_intake', intake)
redis.register_function('sb_begin', begin)
redis.register_function('sb_expire', expire)
redis.register_function('sb_renew', renew)
redis.register_function('sb_write_frames', write_frames)
redis.register_function('sb_commit', commit)
redis.register_function('sb_admit', admit)
redis.register_function('sb_stop', stop)
redis.register_function('sb_vote', vote)
redis.register_function('sb_answer_action', answer_action)
redis.register_function('sb_complete_tool_call', complete_tool_call)
redis.register_function('sb_bury', bury)
redis.register_function('sb_replay', replay)
redis.register_function('sb_replay_turn', replay_turn)
redis.register_function('sb_forget_readers', forget_readers)
