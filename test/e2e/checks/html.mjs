// HTML validator over the bytes that the server sends.
import { readFile } from 'node:fs/promises'
import { HtmlValidate } from 'html-validate'

const validator = new HtmlValidate(JSON.parse(await readFile(new URL('../htmlvalidate.json', import.meta.url), 'utf8')))
const opening = '<!DOCTYPE html>\n<html lang="zh-CN"'

/** checkHTML returns the list of problems of one page. */
export async function checkHTML(html) {
  const out = html.startsWith(opening) ? [] : [`page must begin with ${JSON.stringify(opening)}`]
  const report = await validator.validateString(html)
  for (const result of report.results) {
    for (const m of result.messages) out.push(`${m.line}:${m.column} ${m.ruleId}: ${m.message}`)
  }
  return out
}
