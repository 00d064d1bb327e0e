const longestWord = 64;

/**
 * The candidate that `word` was most likely meant to be, or null when none is near. Case does not count; a word of three or
 * more letters that begins exactly one candidate is near it; of equally near candidates the first wins.
 */
export function nearest<Word extends string>(word: string, candidates: readonly Word[]): Word | null {
  const wanted = word.toLowerCase();
  if (wanted === "" || wanted.length > longestWord) return null;
  let best: Word | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const limit = allowed(wanted.length, candidate.length);
    if (Math.abs(wanted.length - candidate.length) > limit) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance <= limit && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best ?? onlyCompletion(wanted, candidates);
}

/** A third of the longer word may be wrong: more, and the proposal reads as a guess; below three letters nothing may. */
function allowed(a: number, b: number): number {
  return Math.floor(Math.max(a, b) / 3);
}

function onlyCompletion<Word extends string>(wanted: string, candidates: readonly Word[]): Word | null {
  if (wanted.length < 3) return null;
  const completions = candidates.filter((candidate) => candidate.toLowerCase().startsWith(wanted));
  return completions.length === 1 ? (completions[0] ?? null) : null;
}

/** Damerau-Levenshtein distance (optimal string alignment): insert, delete, replace, or swap two neighbours, one each. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        cell(last, column) + 1,
        cell(current, column - 1) + 1,
        cell(last, column - 1) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, cell(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return cell(last, b.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
