-- A thousand orders in turn, so that commands meet many streams; the result is JSON.
local method, path, body = os.getenv("METHOD"), os.getenv("TARGET"), os.getenv("BODY")
local requests, at = {}, 0

function init(args)
  for i = 1, 1000 do
    local text = body and body:gsub("ORDER", "order-" .. i)
    local headers = { Host = "localhost" }
    if text then headers["content-type"] = "application/json" end
    requests[i] = wrk.format(method, (path:gsub("ORDER", "order-" .. i)), headers, text)
  end
end

function request()
  at = at % 1000 + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"micros":%d,"p50":%f,"p99":%f,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
