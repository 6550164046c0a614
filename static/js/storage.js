// What this browser keeps, and the ids that it makes.

export function newId() {
  if (crypto.randomUUID) { return crypto.randomUUID(); }
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function load(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
}

export function store(key, value) {
  try {
    if (value === null || value.length === 0) { localStorage.removeItem(key); } else { localStorage.setItem(key, JSON.stringify(value)); }
  } catch {
    // No storage left: the message still goes out, it only doesn't survive a reload.
  }
}
