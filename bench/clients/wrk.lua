-- Plays the requests of a file and prints what came of it as JSON.
-- Arguments: FILE (each request after a line with its length), MODE, BODY (bytes of every body, for `checked`).
--   plain    the first request over and over, which costs the client no call
--   turns    all of them in turn, over and over
--   once     each of them once, then it says so and stops
--   checked  in turn, and every body's length is looked at
local requests, at, mode, body_bytes, player = {}, 0, 'turns', 0, nil
wrong_bodies = 0

local function read(file)
  local input = assert(io.open(file, 'rb'))
  while true do
    local length = input:read('*n', '*l')
    if not length then break end
    requests[#requests + 1] = input:read(length)
  end
  input:close()
end

-- wrk asks for one request before it starts, parses it and throws it away.
local thrown_away = 'GET / HTTP/1.1\r\nHost: nobody\r\n\r\n'

local function next_request()
  if thrown_away then
    local first = thrown_away
    thrown_away = nil
    return first
  end
  at = at + 1
  if at > #requests then
    if mode == 'once' then
      io.stderr:write('all sent\n')
      wrk.thread:stop()
    end
    at = 1
  end
  return requests[at]
end

local function check_body(_, _, body)
  if #body ~= body_bytes then wrong_bodies = wrong_bodies + 1 end
end

function setup(thread) player = thread end

function init(arguments)
  read(arguments[1])
  mode = arguments[2]
  body_bytes = tonumber(arguments[3])
  if mode == 'plain' then
    wrk.format = function() return requests[1] end
  else
    request = next_request
  end
  if mode == 'checked' then response = check_body end
  io.stderr:write('begins\n')
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"bytes":%d,"micros":%d,"p50":%d,"p99":%d,"p999":%d,"max":%d,' ..
    '"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,"wrongBodies":%d}\n',
    summary.requests, summary.bytes, summary.duration, latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), latency.max, errors.connect, errors.read, errors.write, errors.status,
    errors.timeout, player:get('wrong_bodies')))
end
