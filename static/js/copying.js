// Buttons that copy what another element shows: <button data-copy="ID">.
import { copy } from "./copy.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(document.getElementById(button.dataset.copy).textContent);
});
