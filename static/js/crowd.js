// Where most of the counted lines are, if that is a small part of the axis.
const MOST = 0.5;
const SMALL = 0.25; // a part of the axis that is worth zooming to

// Bars `first` to `last` with their share of all; undefined where lines are spread widely.
export function crowd(counts) {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const core = total && shortest(counts, total * MOST);
  if (!core) return undefined;
  const [first, last] = grown(counts, core);
  if (last - first + 1 > counts.length * SMALL) return undefined;
  const within = counts.slice(first, last + 1).reduce((sum, n) => sum + n, 0);
  return { first, last, share: within / total };
}

// The shortest run of bars with so many lines.
function shortest(counts, wanted) {
  let best;
  let sum = 0;
  let left = 0;
  counts.forEach((n, right) => {
    sum += n;
    while (sum - counts[left] > wanted) sum -= counts[left++];
    if (sum > wanted && (!best || right - left < best[1] - best[0])) best = [left, right];
  });
  return best;
}

// Bars beside it belong to it, up to the next gap.
function grown(counts, [first, last]) {
  let [from, to] = [first, last];
  while (counts[from - 1]) from -= 1;
  while (counts[to + 1]) to += 1;
  return [from, to];
}
