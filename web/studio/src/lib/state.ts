import type { IconName } from './icons'

export interface Shown { name: string; cls: string; icon: IconName }

const draft: Shown = { name: '草稿', cls: 's-draft', icon: 'stDraft' }

/** How states are shown everywhere: a word, a class of colours, a glyph. */
export const itemStates: Record<string, Shown> = {
  draft,
  waiting: { name: '待审', cls: 's-wait', icon: 'stWait' },
  returned: { name: '退回', cls: 's-back', icon: 'back' },
  scheduled: { name: '定时发布', cls: 's-wait', icon: 'stWait' },
  live: { name: '已发布', cls: 's-live', icon: 'stLive' },
  withdrawn: { name: '已撤', cls: 's-gone', icon: 'stGone' },
}

export const taskStates: Record<string, Shown> = {
  open: { name: '待审', cls: 's-wait', icon: 'stWait' },
  approved: { name: '已通过', cls: 's-live', icon: 'stLive' },
  returned: { name: '退回', cls: 's-back', icon: 'back' },
  recalled: { name: '已撤回', cls: 's-draft', icon: 'undo' },
}

export const jobStates: Record<string, Shown> = {
  waiting: { name: '等待', cls: 's-draft', icon: 'stDraft' },
  running: { name: '进行', cls: 's-wait', icon: 'stWait' },
  cancelling: { name: '正在取消', cls: 's-wait', icon: 'stWait' },
  done: { name: '完成', cls: 's-live', icon: 'stLive' },
  failed: { name: '失败', cls: 's-back', icon: 'warn' },
  dead: { name: '停下', cls: 's-back', icon: 'warn' },
  cancelled: { name: '已取消', cls: 's-gone', icon: 'stGone' },
}

export const siteStates: Record<string, Shown> = {
  applying: { name: '申请中', cls: 's-draft', icon: 'stDraft' },
  approved: { name: '已批准', cls: 's-wait', icon: 'stWait' },
  registered: { name: '已备案', cls: 's-wait', icon: 'stWait' },
  trial: { name: '试运行', cls: 's-wait', icon: 'stWait' },
  running: { name: '运行', cls: 's-live', icon: 'stLive' },
  offline: { name: '临时关停', cls: 's-back', icon: 'warn' },
  closing: { name: '正在关停', cls: 's-back', icon: 'warn' },
  closed: { name: '已关停', cls: 's-gone', icon: 'stGone' },
  archived: { name: '已归档', cls: 's-gone', icon: 'stGone' },
}

export const shown = (map: Record<string, Shown>, state: string): Shown => map[state] ?? { ...draft, name: state }

export const classes: Record<string, string> = {
  article: '动态', notice: '通知公告', picture: '图片新闻', document: '公文', interpretation: '政策解读', page: '单页',
}

/** What an act on a task is called, and the mark it gets in a timeline: good, returned, under way. */
export const acts: Record<string, { name: string; mark: string }> = {
  submit: { name: '送审', mark: '' },
  claim: { name: '认领', mark: 'u' },
  unclaim: { name: '放回', mark: '' },
  approve: { name: '通过', mark: 'g' },
  return: { name: '退回', mark: 'r' },
  transfer: { name: '转交', mark: 'u' },
  recall: { name: '撤回', mark: '' },
  urge: { name: '催办', mark: 'u' },
}
