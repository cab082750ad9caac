// All times are shown as they are in Shanghai, whatever the clock of the machine says.
const zone = 'Asia/Shanghai'
const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false, weekday: 'short',
})
const week: Record<string, string> = { Sun: '日', Mon: '一', Tue: '二', Wed: '三', Thu: '四', Fri: '五', Sat: '六' }

interface Wall { y: string; m: string; d: string; h: string; min: string; s: string; w: string }

function wall(at: Date): Wall {
  const p = Object.fromEntries(parts.formatToParts(at).map((x) => [x.type, x.value]))
  return { y: p.year!, m: p.month!, d: p.day!, h: p.hour === '24' ? '00' : p.hour!, min: p.minute!, s: p.second!, w: week[p.weekday!]! }
}

const day = (w: Wall) => `${w.y}-${w.m}-${w.d}`

/** date gives 2026-11-29. */
export function date(at?: string | null): string {
  return at ? day(wall(new Date(at))) : ''
}

/** full gives 2026-11-29 18:58, for titles and records. */
export function full(at?: string | null): string {
  if (!at) return ''
  const w = wall(new Date(at))
  return `${day(w)} ${w.h}:${w.min}`
}

/** clock gives 18:58:07. */
export function clock(at: Date): string {
  const w = wall(at)
  return `${w.h}:${w.min}:${w.s}`
}

/** short gives what a list has room for: 今天 18:58, 昨天 18:58, 11-20 18:58, 2025-12-31. */
export function short(at?: string | null, now = new Date()): string {
  if (!at) return ''
  const t = new Date(at)
  const w = wall(t), n = wall(now)
  if (day(w) === day(n)) return `今天 ${w.h}:${w.min}`
  if (day(w) === day(wall(new Date(now.getTime() - 86_400_000)))) return `昨天 ${w.h}:${w.min}`
  if (day(w) === day(wall(new Date(now.getTime() + 86_400_000)))) return `明天 ${w.h}:${w.min}`
  return w.y === n.y ? `${w.m}-${w.d} ${w.h}:${w.min}` : day(w)
}

/** today gives 11月29日 星期日. */
export function today(now = new Date()): string {
  const w = wall(now)
  return `${Number(w.m)}月${Number(w.d)}日 星期${w.w}`
}

/** field gives the value of a datetime-local control, in Shanghai. */
export function field(at?: string | null): string {
  return at ? full(at).replace(' ', 'T') : ''
}

/** moment reads the value of a datetime-local control as Shanghai time; '' gives undefined. */
export function moment(value: string): string | undefined {
  return value ? `${value.length === 16 ? value + ':00' : value}+08:00` : undefined
}

export type Urgency = 'over' | 'hour' | 'today' | 'week' | 'later' | 'none'

/** urgency groups a deadline: over, within the hour, today, within seven days, later, none. */
export function urgency(due: string | undefined | null, now = new Date()): Urgency {
  if (!due) return 'none'
  const left = new Date(due).getTime() - now.getTime()
  if (left < 0) return 'over'
  if (left <= 3_600_000) return 'hour'
  if (date(due) === date(now.toISOString())) return 'today'
  return left <= 7 * 86_400_000 ? 'week' : 'later'
}

/** left says how much time is left, or how long it is over: 剩 50 分钟, 剩 3 小时, 超期 2 天. */
export function left(due: string, now = new Date()): string {
  const ms = new Date(due).getTime() - now.getTime()
  const minutes = Math.floor(Math.abs(ms) / 60_000)
  const word = ms < 0 ? '超期' : '剩'
  if (minutes < 60) return `${word} ${minutes} 分钟`
  if (minutes < 48 * 60) return `${word} ${Math.floor(minutes / 60)} 小时`
  return `${word} ${Math.floor(minutes / 1440)} 天`
}
