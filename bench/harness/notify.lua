-- wrk sends authentic notifications, no reference twice: PREFIX, the thread, a counter.
local threads = 0
function setup(thread)
    threads = threads + 1
    thread:set("thread_number", threads)
end

local prefix, students = os.getenv("BENCH_PREFIX"), tonumber(os.getenv("BENCH_STUDENTS"))
local headers = {
    ["Authorization"] = "Bearer " .. os.getenv("CELLULANT_BEARER_TOKEN"),
    ["Content-Type"] = "application/json",
}
local body = '{"transactionId":"%s-%d-%08d","studentId":"B%05d","amountPaid":%d.50,"paymentMethod":"MPESA",'
    .. '"status":"SUCCESS","timestamp":"2026-03-14T20:10:00.000Z"}'
local number = 0

function request()
    number = number + 1
    local text = string.format(body, prefix, thread_number, number, number % students, 100 + number % 9000)
    return wrk.format("POST", nil, headers, text)
end

function done(summary, latency)
    io.write(string.format('{"answered":%d,"refused":%d,"broken":%d,"seconds":%f,"p50":%f,"p99":%f}\n',
        summary.requests, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
        summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6))
end
