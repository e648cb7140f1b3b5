-- wrk starts payments of fees, each with an Idempotency-Key of its own: PREFIX, the thread, a counter.
local threads = 0
function setup(thread)
    threads = threads + 1
    thread:set("thread_number", threads)
end

local prefix, students = os.getenv("BENCH_PREFIX"), tonumber(os.getenv("BENCH_STUDENTS"))
local body = '{"destination":"student:B%05d","amount":%d00,"currency":"KES","method":"mpesa","phone_number":"0712345678"}'
local number = 0

function request()
    number = number + 1
    local headers = {
        ["X-Api-Key"] = os.getenv("BENCH_KEY"),
        ["X-Api-Secret"] = os.getenv("BENCH_SECRET"),
        ["Content-Type"] = "application/json",
        ["Idempotency-Key"] = string.format("%s-%d-%08d", prefix, thread_number, number),
    }
    return wrk.format("POST", nil, headers, string.format(body, number % students, 100 + number % 9000))
end

function done(summary, latency)
    io.write(string.format('{"answered":%d,"refused":%d,"broken":%d,"seconds":%f,"p50":%f,"p99":%f}\n',
        summary.requests, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
        summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6))
end
