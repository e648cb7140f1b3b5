// The overview's charts, and what it takes to refresh the page under somebody's hands. Without it every number is still there.
(() => {
    const drawn = []
    let held = null

    const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

    function draw(canvas) {
        const data = JSON.parse(document.getElementById(`${canvas.dataset.chart}-data`).textContent)
        const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 })
        const open = bars => bars.length && data.values[bars[0].index] && window.location.assign(data.urls[bars[0].index])
        return new Chart(canvas, {
            type: "bar",
            data: { labels: data.labels, datasets: [{ data: data.values, backgroundColor: color("--bo-bar"), hoverBackgroundColor: color("--bo-link"), borderRadius: 2, categoryPercentage: .92, barPercentage: .92 }] },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                onClick: (event, bars) => open(bars),
                onHover: (event, bars) => { event.native.target.style.cursor = bars.length && data.values[bars[0].index] ? "pointer" : "" },
                plugins: { legend: { display: false }, tooltip: { displayColors: false, callbacks: { title: () => "", label: bar => data.said[bar.dataIndex] } } },
                scales: {
                    x: { grid: { display: false }, border: { color: color("--bo-line") }, ticks: { color: color("--bo-soft"), maxRotation: 0, autoSkipPadding: 24 } },
                    y: { beginAtZero: true, border: { display: false }, grid: { color: color("--bo-line") }, ticks: { color: color("--bo-soft"), maxTicksLimit: 5, callback: value => short.format(value / 10 ** data.places) } },
                },
            },
        })
    }

    function drawAll() {
        while (drawn.length) drawn.pop().destroy()
        document.querySelectorAll("canvas[data-chart]").forEach(canvas => drawn.push(draw(canvas)))
    }

    const page = () => document.getElementById("bo-overview")
    const notFresh = () => { document.getElementById("bo-not-fresh").hidden = false }

    document.addEventListener("htmx:beforeSwap", event => {
        if (event.detail.target !== page()) return
        // Somebody who was signed out meanwhile gets the page that says so, not a hole in this one.
        if (!event.detail.serverResponse.includes('id="bo-overview"')) {
            event.detail.shouldSwap = false
            if (event.detail.xhr.status === 200) window.location.reload()
            return
        }
        const links = [...page().querySelectorAll("a, summary")]
        held = { at: links.indexOf(document.activeElement), href: document.activeElement.href, open: [...page().querySelectorAll("details[open]")].map(one => one.id) }
    })
    document.addEventListener("htmx:afterSettle", () => {
        if (!held) return
        held.open.forEach(id => document.getElementById(id)?.setAttribute("open", ""))
        const links = [...page().querySelectorAll("a, summary")]
        const link = held.at < 0 ? null : links.find(one => held.href && one.href === held.href) || links[held.at]
        link?.focus({ preventScroll: true })
        held = null
        drawAll()
    })
    document.addEventListener("htmx:responseError", notFresh)
    document.addEventListener("htmx:sendError", notFresh)
    window.addEventListener("load", () => {
        drawAll()
        new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["class"] })
    })
})()
