// The floor.

import * as live from "./live.js";

// A link that closes a dialog leads somewhere only where there is no dialog.
document.addEventListener("click", (event) => {
  if (event.target.closest("dialog a[data-closes]")) { event.preventDefault(); }
});

live.start();
