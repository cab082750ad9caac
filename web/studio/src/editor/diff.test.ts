import { expect, test } from 'vitest'
import { hunks, lines, within } from './diff'

const flat = (p: { kind: string; text: string }[]) => p.map((x) => ({ same: '', added: '+', removed: '-' })[x.kind] + x.text).join('|')

test('a changed line is one change, by characters', () => {
  const h = hunks(lines(['甲', '不低于 18℃。', '丁'], ['甲', '不低于 20℃。', '乙', '丁']))
  expect(h.map((x) => [x.kind, x.at, flat(x.pieces)])).toEqual([['changed', 2, '不低于 |-18|+20|℃。'], ['added', 3, '+乙']])
})

test('scattered letters are read together', () => {
  expect(flat(within('温暖渡过寒潮', '温暖度过寒潮'))).toBe('温暖|-渡|+度|过寒潮')
  expect(flat(within('abc', 'xbz'))).toBe('-abc|+xbz')
})

test('equal texts have no changes', () => expect(hunks(lines(['a', 'b'], ['a', 'b']))).toEqual([]))
