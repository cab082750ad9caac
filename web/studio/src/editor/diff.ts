import type { Change } from '@/api/seams'

/** lines compares two lists of lines by their longest common part. */
export function lines(old: string[], now: string[]): Change[] {
  const n = old.length, m = now.length
  const t = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1))
  for (let i = n - 1; i >= 0; i--) for (let j = m - 1; j >= 0; j--) t[i]![j] = old[i] === now[j] ? t[i + 1]![j + 1]! + 1 : Math.max(t[i + 1]![j]!, t[i]![j + 1]!)
  const out: Change[] = []
  let i = 0, j = 0
  while (i < n || j < m) {
    if (i < n && j < m && old[i] === now[j]) { out.push({ kind: 'same', text: old[i]! }); i++; j++ }
    else if (i < n && (j === m || t[i + 1]![j]! >= t[i]![j + 1]!)) out.push({ kind: 'removed', text: old[i++]! })
    else out.push({ kind: 'added', text: now[j++]! })
  }
  return out
}

export interface Piece { kind: 'same' | 'added' | 'removed'; text: string }

/** within compares two short texts by character, and joins what lies close together so that it can be read. */
export function within(old: string, now: string): Piece[] {
  const a = [...old], b = [...now]
  if (a.length * b.length > 400_000) return [{ kind: 'removed', text: old }, { kind: 'added', text: now }]
  const out: Piece[] = []
  const put = (kind: Piece['kind'], text: string) => {
    const last = out.at(-1)
    if (last?.kind === kind) last.text += text
    else out.push({ kind, text })
  }
  for (const c of lines(a, b)) put(c.kind, c.text)
  return join(out)
}

/** join swallows common parts of one or two characters between changes, and puts what was removed before what came. */
function join(pieces: Piece[]): Piece[] {
  const out: Piece[] = []
  let gone = '', come = ''
  const flush = () => {
    if (gone) out.push({ kind: 'removed', text: gone })
    if (come) out.push({ kind: 'added', text: come })
    gone = come = ''
  }
  pieces.forEach((p, i) => {
    const between = p.kind === 'same' && i > 0 && i < pieces.length - 1 && [...p.text].length <= 2 && (gone !== '' || come !== '')
    if (p.kind === 'removed' || between) gone += p.text
    if (p.kind === 'added' || between) come += p.text
    if (p.kind === 'same' && !between) { flush(); out.push({ ...p }) }
  })
  flush()
  return out
}

export interface Hunk { kind: 'changed' | 'added' | 'removed'; pieces: Piece[]; at: number }

/** hunks are the changes worth reading: a removed line beside the line that came for it is one change. */
export function hunks(changes: Change[]): Hunk[] {
  const out: Hunk[] = []
  let at = 0
  for (let i = 0; i < changes.length;) {
    if (changes[i]!.kind === 'same') { i++; at++; continue }
    const gone: string[] = [], come: string[] = []
    for (; i < changes.length && changes[i]!.kind !== 'same'; i++) (changes[i]!.kind === 'removed' ? gone : come).push(changes[i]!.text)
    for (let k = 0; k < Math.max(gone.length, come.length); k++) {
      const g = gone[k], c = come[k]
      if (c !== undefined) at++
      if (g !== undefined && c !== undefined) out.push({ kind: 'changed', pieces: within(g, c), at })
      else if (c !== undefined) out.push({ kind: 'added', pieces: [{ kind: 'added', text: c }], at })
      else out.push({ kind: 'removed', pieces: [{ kind: 'removed', text: g! }], at })
    }
  }
  return out
}
