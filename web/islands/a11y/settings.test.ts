import { beforeEach, describe, expect, it } from 'vitest'
import { applySettings, formatAids, formatSettings, parseAids, parseSettings, plainAids, plainSettings, readCookie, writeCookie } from './settings'

describe('cookie a11y', () => {
  it.each([
    ['', ''],
    ['zoom=125&theme=yb&elder=1&text=1&cursor=1&art=1.25', 'zoom=125&theme=yb&elder=1&text=1&cursor=1&art=1.25'],
    ['art=0.9&zoom=200', 'zoom=200&art=0.9'],
    ['zoom=100&art=1&elder=0', ''],
    ['zoom=130&theme=<b>&art=9&elder=yes&evil=1', ''],
    ['zoom=1e2&theme=YB', ''],
  ])('%s → %s', (raw, want) => expect(formatSettings(parseSettings(raw))).toBe(want))

  it('keeps the script aids apart', () => {
    expect(formatAids(parseAids('open=1&lines=1&caption=1&point=1&rate=1.5'))).toBe('open=1&lines=1&caption=1&point=1&rate=1.5')
    expect(parseAids('rate=99&open=2')).toEqual(plainAids())
  })

  it('survives a damaged cookie', () => {
    document.cookie = 'a11y=%E4%; Path=/'
    expect(readCookie('a11y')).toBe('')
    expect(readCookie('missing')).toBe('')
  })

  it('writes and reads back', () => {
    writeCookie('a11y', 'zoom=150')
    expect(readCookie('a11y')).toBe('zoom=150')
    expect(readCookie('a11')).toBe('')
  })
})

describe('attributes', () => {
  const root = document.documentElement
  beforeEach(() => applySettings(plainSettings(), root))

  it('mirror what the server splices', () => {
    applySettings({ zoom: 150, theme: 'wb', elder: true, text: true, cursor: true, art: '1.25' }, root)
    const attributes = Object.fromEntries([...root.attributes].map((a) => [a.name, a.value]))
    expect(attributes).toMatchObject({ 'data-zoom': '150', 'data-theme': 'wb', 'data-elder': '', 'data-text-only': '', 'data-cursor': '', 'data-art': '1.25' })
  })

  it('disappear in the standard view', () => {
    applySettings({ zoom: 150, theme: 'wb', elder: true, text: true, cursor: true, art: '0.9' }, root)
    applySettings(plainSettings(), root)
    expect([...root.attributes].filter((a) => a.name.startsWith('data-'))).toEqual([])
  })
})
