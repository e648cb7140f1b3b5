// The fields in which staff name an account, and the boxes by which they choose rows. Without it both still work, more slowly.

class AccountField {
    constructor(box) {
        this.find = box.dataset.find
        this.input = box.querySelector("input")
        this.list = box.querySelector("[role=listbox]")
        this.status = box.querySelector("[role=status]")
        this.at = -1
        this.input.setAttribute("aria-controls", this.list.id)
        this.input.addEventListener("input", () => this.later())
        this.input.addEventListener("keydown", event => this.key(event))
        this.input.addEventListener("blur", () => this.close())
        // Before the blur, which would take the list away from under the pointer.
        this.list.addEventListener("pointerdown", event => event.preventDefault())
        this.list.addEventListener("click", event => this.take(event.target.closest("[role=option]")))
    }

    get options() {
        return [...this.list.children]
    }

    later() {
        clearTimeout(this.timer)
        this.timer = setTimeout(() => this.ask(), 200)
    }

    async ask() {
        const term = this.input.value.trim()
        if (term.length < 2) return this.close()
        const answer = await fetch(this.find + encodeURIComponent(term), {headers: {Accept: "application/json"}}).catch(() => null)
        if (!answer?.ok || this.input.value.trim() !== term || document.activeElement !== this.input) return
        this.offer((await answer.json()).accounts)
    }

    offer(accounts) {
        this.list.replaceChildren(...accounts.map((account, number) => this.option(account, number)))
        this.status.textContent = accounts.length ? `${accounts.length} found; arrow keys choose, Enter takes` : "Nothing fits"
        this.list.hidden = !accounts.length
        this.input.setAttribute("aria-expanded", String(accounts.length > 0))
        this.point(accounts.length ? 0 : -1)
    }

    option(account, number) {
        const item = document.createElement("li")
        item.id = `${this.list.id}_${number}`
        item.setAttribute("role", "option")
        item.dataset.code = account.code
        for (const [name, text] of [["bo-option-name", account.name || account.code], ["bo-option-code", account.name ? account.code : ""], ["bo-option-note", account.note]]) {
            const part = document.createElement("span")
            part.className = name
            part.textContent = text
            item.append(part)
        }
        return item
    }

    key(event) {
        if (event.key === "Escape" && !this.list.hidden) {
            event.preventDefault()
            return this.close()
        }
        if (this.list.hidden) return
        const step = {ArrowDown: 1, ArrowUp: -1}[event.key]
        if (step) {
            event.preventDefault()
            this.point((this.at + step + this.options.length) % this.options.length)
        } else if (event.key === "Enter" && this.at >= 0) {
            event.preventDefault()
            this.take(this.options[this.at])
        } else if (event.key === "Tab") {
            this.take(this.options[this.at])
        }
    }

    point(number) {
        this.at = number
        this.options.forEach((option, index) => option.setAttribute("aria-selected", String(index === number)))
        const chosen = this.options[number]
        chosen?.scrollIntoView({block: "nearest"})
        if (chosen) this.input.setAttribute("aria-activedescendant", chosen.id)
        else this.input.removeAttribute("aria-activedescendant")
    }

    take(option) {
        if (!option) return
        this.input.value = option.dataset.code
        this.close()
    }

    close() {
        clearTimeout(this.timer)
        this.list.hidden = true
        this.point(-1)
        this.input.setAttribute("aria-expanded", "false")
    }
}

function watchChoices() {
    const all = document.querySelector(".bo-choose-all")
    const boxes = [...document.querySelectorAll(".bo-choice")]
    if (!all || !boxes.length) return
    const bar = document.getElementById("bo-bulk-bar")
    const show = () => {
        const count = boxes.filter(box => box.checked).length
        all.checked = count === boxes.length
        all.indeterminate = count > 0 && count < boxes.length
        bar.querySelector(".bo-count").textContent = count ? `${count} chosen` : ""
        bar.querySelectorAll("button").forEach(button => (button.disabled = !count))
    }
    all.addEventListener("change", () => {
        boxes.forEach(box => (box.checked = all.checked))
        show()
    })
    boxes.forEach(box => box.addEventListener("change", show))
    show()
}

// What money does is sent once, however often the button is pressed.
function sendOnce(form) {
    form.addEventListener("submit", () => setTimeout(() => form.querySelectorAll("button").forEach(button => (button.disabled = true))))
    window.addEventListener("pageshow", event => event.persisted && location.reload())
}

document.querySelectorAll(".bo-combo").forEach(box => new AccountField(box))
document.querySelectorAll("#bo-confirm").forEach(sendOnce)
watchChoices()
;(document.querySelector(".bo-wrong :is(input, textarea)") || document.querySelector("#bo-confirm textarea") || document.querySelector("#bo-fields input"))?.focus()
