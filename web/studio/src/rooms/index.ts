import type { Group, Room } from './room'
import audit from './audit/room'
import columns from './columns/room'
import flows from './flows/room'
import imports from './imports/room'
import items from './items/room'
import jobs from './jobs/room'
import ledger from './ledger/room'
import people from './people/room'
import review from './review/room'
import sites from './sites/room'
import tokens from './tokens/room'
import worktable from './worktable/room'

/** All rooms, in the order of the menu. A new one is a folder beside this file and a line here. */
export const rooms: Room[] = [worktable, items, columns, imports, review, ledger, sites, people, flows, tokens, jobs, audit]

export const groups: Group[] = ['', '内容', '审核与发布', '办理', '守护', '管理']
