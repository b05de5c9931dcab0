-- Posts whole requests that Python has written, each of them new to the server, and prints what wrk saw as one line of JSON.
-- Arguments: the file; then "numbered", the mark and a prefix: one request, in which each sending has a number of its own for the mark;
-- or "listed": many requests, one after the other, divided by NUL.
local parts, requests, prefix, sent = nil, {}, "", 0

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function split(text, mark)
  local pieces, from = {}, 1
  while true do
    local first, last = string.find(text, mark, from, true)
    if not first then
      pieces[#pieces + 1] = string.sub(text, from)
      return pieces
    end
    pieces[#pieces + 1] = string.sub(text, from, first - 1)
    from = last + 1
  end
end

function init(args)
  local text = read(args[1])
  if args[2] == "numbered" then
    parts, prefix = split(text, args[3]), args[4]
  else
    requests = split(text, "\0")
  end
end

function request()
  sent = sent + 1
  if parts then
    return table.concat(parts, prefix .. string.format("%012d", sent))
  end
  -- a list that is too short would be sent again, as duplicates: that is not what is measured
  return assert(requests[sent], "more requests were sent than had been written")
end

function done(summary, latency, _)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format('\n{"requests": %d, "seconds": %.3f, "failed": %d, "p50_ms": %.2f, "p95_ms": %.2f, "p99_ms": %.2f, "max_ms": %.2f}\n',
    summary.requests, summary.duration / 1e6, failed, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3))
end
