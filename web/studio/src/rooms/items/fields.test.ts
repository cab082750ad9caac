import { expect, test } from 'vitest'
import { merge, patch, type Fields } from './fields'

const base: Fields = { title: '题', subtitle: '', html: '<p>甲</p>', summary: '', source: '市府办', author: '', editor: '', keywords: [], published_at: '', document: {}, interpretation: {}, cover: null, files: [] }

test('only what changed is sent', () => {
  expect(patch(base, { ...base, title: '新题', document: { doc_no: '' } })).toEqual({ title: '新题' })
  expect(patch({ ...base, cover: { hash: 'a' } }, base)).toEqual({ cover: { hash: '' } })
})

test('changes of different fields go together, of the same field are asked', () => {
  const m = merge(base, { ...base, title: '我的' }, { ...base, source: '他的' })
  expect([m.merged.title, m.merged.source, m.conflicts]).toEqual(['我的', '他的', []])
  expect(merge(base, { ...base, title: '我的' }, { ...base, title: '他的' }).conflicts).toEqual(['title'])
  expect(merge(base, { ...base, title: '一样' }, { ...base, title: '一样' }).conflicts).toEqual([])
})
