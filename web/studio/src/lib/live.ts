import type { QueryClient } from '@tanstack/vue-query'

// What changes elsewhere is told by the server: an event names an object, and what shows it is read again.
interface Change { object: string; id: string; action: string }

/** Which queries show an object; the first part of their keys. */
const shows: Record<string, string[]> = {
  item: ['items', 'editions', 'findings', 'find'], task: ['tasks'], review: ['tasks'], flow: ['flows'], column: ['columns'], placement: ['placements', 'items'],
  site: ['sites', 'columns'], import: ['imports'], job: ['jobs'], token: ['tokens'], officer: ['officers'], department: ['departments'], grant: ['officers'],
  revision: ['ledger'], publication: ['ledger'],
}

/** listen keeps a stream open and reads again what it names, at most every half second. */
export function listen(queries: QueryClient, ended: () => void): () => void {
  const due = new Set<string>()
  let timer = 0
  const source = new EventSource('/events')
  source.addEventListener('changed', (e) => {
    const c = JSON.parse((e as MessageEvent<string>).data) as Change
    if (c.object === '*') { void queries.invalidateQueries(); return }
    for (const key of shows[c.object] ?? [c.object]) due.add(key)
    if (c.action.startsWith('editorial.')) due.add('tasks').add('items')
    timer ||= window.setTimeout(() => {
      timer = 0
      for (const key of due) void queries.invalidateQueries({ queryKey: [key] })
      due.clear()
    }, 500)
  })
  source.addEventListener('ended', () => { source.close(); ended() })
  return () => { clearTimeout(timer); source.close() }
}

let touched = Date.now()
for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchstart']) addEventListener(kind, () => { touched = Date.now() }, { passive: true, capture: true })

/** idle tells whether nobody has been at the machine lately: then a request does not keep the session alive. */
export const idle = (): boolean => Date.now() - touched > 30_000
