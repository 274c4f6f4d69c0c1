/**
 * Whether a name matches a pattern of names: `*` stands for any characters, `?` for one, all others for themselves. Takes time
 * by the product of both lengths at most.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(name);
  let at = 0;
  let star = -1;
  let from = 0;
  for (let next = 0; next < given.length; ) {
    if (wanted[at] === '*') {
      star = at;
      from = next;
      at += 1;
    } else if (wanted[at] === '?' || (at < wanted.length && wanted[at] === given[next])) {
      at += 1;
      next += 1;
    } else if (star >= 0) {
      from += 1;
      at = star + 1;
      next = from;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((character) => character === '*');
}
