import type { DocumentInfo, InterpretationInfo, Item, Picture } from '@/api/schema'

/** What a writer changes of a text; absent and empty are the same. */
export interface Fields {
  title: string
  subtitle: string
  html: string
  summary: string
  source: string
  author: string
  editor: string
  keywords: string[]
  published_at: string
  document: DocumentInfo
  interpretation: InterpretationInfo
  cover: Picture | null
  files: { hash: string; name?: string }[]
}

export const fieldNames: Record<keyof Fields, string> = {
  title: '标题', subtitle: '副标题', html: '正文', summary: '摘要', source: '来源', author: '作者', editor: '责任编辑', keywords: '关键词',
  published_at: '发布时间', document: '公文要素', interpretation: '解读要素', cover: '封面', files: '附件',
}

export function fieldsOf(item: Item): Fields {
  const e = item.edition
  return {
    title: e.title, subtitle: e.subtitle ?? '', html: e.html, summary: e.summary ?? '', source: e.source ?? '', author: e.author ?? '', editor: e.editor ?? '',
    keywords: [...(e.keywords ?? [])], published_at: e.published_at ?? '', document: { ...e.document }, interpretation: { ...e.interpretation },
    cover: e.cover ? { ...e.cover } : null, files: (e.files ?? []).map((f) => ({ ...f })),
  }
}

const plain = (v: unknown) => JSON.stringify(v, (_, x: unknown) => (x && typeof x === 'object' && !Array.isArray(x) ? Object.fromEntries(Object.entries(x).filter(([, y]) => y !== '' && y !== undefined && y !== null).sort()) : x))
export const same = (a: unknown, b: unknown): boolean => plain(a) === plain(b)

/** changed names the fields in which two states differ. */
export function changed(from: Fields, to: Fields): (keyof Fields)[] {
  return (Object.keys(fieldNames) as (keyof Fields)[]).filter((k) => !same(from[k], to[k]))
}

/** patch is the request that brings the server from one state to another. */
export function patch(from: Fields, to: Fields): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const k of changed(from, to)) {
    if (k === 'published_at' && !to.published_at) continue
    if (k === 'cover') out.cover = to.cover ?? { hash: '' }
    else out[k] = to[k]
  }
  return out
}

export interface Merge { merged: Fields; conflicts: (keyof Fields)[] }

/** merge puts two changes of one state together: what only one side changed is taken, what both changed differently is asked. */
export function merge(base: Fields, mine: Fields, theirs: Fields): Merge {
  const my = new Set(changed(base, mine)), their = new Set(changed(base, theirs))
  const merged = { ...theirs }
  const conflicts: (keyof Fields)[] = []
  for (const k of my) {
    if (their.has(k) && !same(mine[k], theirs[k])) conflicts.push(k)
    else (merged as Record<string, unknown>)[k] = mine[k]
  }
  return { merged, conflicts }
}
