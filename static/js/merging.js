// Two changes of one text put together. `null` where both changed the same place, so that there is no telling.
export function merged(base, mine, theirs) {
  if (mine === theirs || base === theirs) { return mine; }
  const here = changed(base, mine);
  const there = changed(base, theirs);
  if (here.to <= there.from) { return mine.slice(0, mine.length - (base.length - here.to)) + theirs.slice(here.to); }
  if (there.to <= here.from) { return theirs.slice(0, theirs.length - (base.length - there.to)) + mine.slice(there.to); }
  return null;
}

// Which part of `base` isn't in `text` as it was.
function changed(base, text) {
  const most = Math.min(base.length, text.length);
  let from = 0;
  while (from < most && base[from] === text[from]) { from += 1; }
  let same = 0;
  while (same < most - from && base[base.length - 1 - same] === text[text.length - 1 - same]) { same += 1; }
  return { from, to: base.length - same };
}

// Words as they are now. Where they stand like that already they stay: the former ones may be part of them.
export function quoteAnew(text, words, now) {
  const follow = (part) => part.replaceAll(words, () => now);
  return now ? text.split(now).map(follow).join(now) : follow(text);
}
