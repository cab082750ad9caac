import { expect, test } from 'vitest'
import { field, left, moment, short, urgency } from './time'

const now = new Date('2026-11-29T02:00:00Z') // 10:00 in Shanghai

test('times are those of Shanghai', () => {
  expect(short('2026-11-29T10:08:00+08:00', now)).toBe('今天 10:08')
  expect(short('2026-11-28T16:30:00Z', now)).toBe('今天 00:30')
  expect(short('2026-11-28T15:30:00Z', now)).toBe('昨天 23:30')
  expect(short('2026-01-02T03:04:00Z', now)).toBe('01-02 11:04')
  expect(short('2025-12-31T16:30:00Z', now)).toBe('01-01 00:30')
  expect(short('2025-12-30T16:30:00Z', now)).toBe('2025-12-31')
  expect(field('2026-11-29T02:00:00Z')).toBe('2026-11-29T10:00')
  expect(moment('2026-11-29T10:00')).toBe('2026-11-29T10:00:00+08:00')
})

test('deadlines are grouped by what is left', () => {
  const at = (ms: number) => new Date(now.getTime() + ms).toISOString()
  expect([at(-1), at(3_600_000), at(5 * 3_600_000), at(3 * 86_400_000), at(9 * 86_400_000), undefined].map((d) => urgency(d, now))).toEqual(['over', 'hour', 'today', 'week', 'later', 'none'])
  expect(left(at(50 * 60_000), now)).toBe('剩 50 分钟')
  expect(left(at(-49 * 3_600_000), now)).toBe('超期 2 天')
})
