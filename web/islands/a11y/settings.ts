// Reading settings. They live in cookies only: "a11y" is also read by the server, which writes the same attributes
// into the opening tag before the page is sent; "a11y_aids" holds the aids that only a script can give.

export type Theme = '' | 'yb' | 'by' | 'wb'

export interface Settings {
  zoom: number // percent
  theme: Theme
  elder: boolean
  text: boolean
  cursor: boolean
  art: string // text size of articles: "0.9", "1" or "1.25"
}

export interface Aids {
  open: boolean // toolbar shown
  lines: boolean
  caption: boolean
  point: boolean
  rate: number
}

export const zooms = [100, 125, 150, 175, 200]
export const themes: readonly Theme[] = ['', 'yb', 'by', 'wb']
export const sizes = ['0.9', '1', '1.25']
export const rates = [1, 1.5, 0.7]

export const plainSettings = (): Settings => ({ zoom: 100, theme: '', elder: false, text: false, cursor: false, art: '1' })
export const plainAids = (): Aids => ({ open: false, lines: false, caption: false, point: false, rate: 1 })

/** parseSettings accepts known keys and values only; anything else counts as not set. */
export function parseSettings(raw: string): Settings {
  const q = new URLSearchParams(raw)
  const s = plainSettings()
  const zoom = Number(q.get('zoom'))
  if (zooms.includes(zoom)) s.zoom = zoom
  const theme = q.get('theme') as Theme | null
  if (theme !== null && themes.includes(theme)) s.theme = theme
  const art = q.get('art')
  if (art !== null && sizes.includes(art)) s.art = art
  s.elder = q.get('elder') === '1'
  s.text = q.get('text') === '1'
  s.cursor = q.get('cursor') === '1'
  return s
}

/** formatSettings writes what differs from the standard view; the empty string means nothing does. */
export function formatSettings(s: Settings): string {
  const out: string[] = []
  if (s.zoom !== 100) out.push(`zoom=${s.zoom}`)
  if (s.theme) out.push(`theme=${s.theme}`)
  if (s.elder) out.push('elder=1')
  if (s.text) out.push('text=1')
  if (s.cursor) out.push('cursor=1')
  if (s.art !== '1') out.push(`art=${s.art}`)
  return out.join('&')
}

export function parseAids(raw: string): Aids {
  const q = new URLSearchParams(raw)
  const a = plainAids()
  a.open = q.get('open') === '1'
  a.lines = q.get('lines') === '1'
  a.caption = q.get('caption') === '1'
  a.point = q.get('point') === '1'
  const rate = Number(q.get('rate'))
  if (rates.includes(rate)) a.rate = rate
  return a
}

export function formatAids(a: Aids): string {
  const out = (['open', 'lines', 'caption', 'point'] as const).filter((k) => a[k]).map((k) => `${k}=1`)
  if (a.rate !== 1) out.push(`rate=${a.rate}`)
  return out.join('&')
}

/** readCookie returns the decoded value, "" when there is none or it is damaged. */
export function readCookie(name: string): string {
  for (const part of document.cookie.split('; ')) {
    if (!part.startsWith(name + '=')) continue
    try {
      return decodeURIComponent(part.slice(name.length + 1))
    } catch {
      return ''
    }
  }
  return ''
}

const year = 365 * 24 * 3600

export function writeCookie(name: string, value: string): void {
  const age = value === '' ? 0 : year
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  document.cookie = `${name}=${value}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`
}

/** applySettings brings the attributes of <html> in step with the settings. */
export function applySettings(s: Settings, root: HTMLElement): void {
  attribute(root, 'zoom', s.zoom === 100 ? null : String(s.zoom))
  attribute(root, 'theme', s.theme || null)
  attribute(root, 'art', s.art === '1' ? null : s.art)
  attribute(root, 'elder', s.elder ? '' : null)
  attribute(root, 'text-only', s.text ? '' : null)
  attribute(root, 'cursor', s.cursor ? '' : null)
}

export function attribute(root: HTMLElement, name: string, value: string | null): void {
  if (value === null) root.removeAttribute('data-' + name)
  else root.setAttribute('data-' + name, value)
}
