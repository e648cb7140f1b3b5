// The button prints; without a script it is not there, and the browser's own menu does the same.
const button = document.getElementById("print")
button.hidden = false
button.addEventListener("click", () => window.print())
