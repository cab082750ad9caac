import type { StepKind } from '@/api/seams'

/** What a reviewer looks at in a step of each kind; what he ticks is kept with his decision. */
export const checks: Record<StepKind, { key: string; name: string; note: string }[]> = {
  review: [
    { key: 'title', name: '标题与正文一致', note: '含发文字号、成文日期、来源' },
    { key: 'facts', name: '数字、时间、职务有出处', note: '领导姓名、职务、排序' },
    { key: 'private', name: '不含个人信息和涉密内容', note: '机器检查之后仍需人看' },
    { key: 'links', name: '附件与链接打开看过', note: '图片有替代文字' },
  ],
  secrecy: [
    { key: 'secret', name: '不含国家秘密和工作秘密', note: '逐段看过，包括附件和图片' },
    { key: 'mosaic', name: '与已公开的内容合起来也不泄密', note: '数字、名单、位置' },
  ],
  privacy: [
    { key: 'id', name: '没有不必要的个人信息', note: '证件号、手机、住址、账户已遮盖' },
    { key: 'consent', name: '公开有依据或本人同意', note: '名单、公示、照片' },
  ],
  proofread: [
    { key: 'words', name: '没有错别字和病句', note: '易混词、标点、单位简称' },
    { key: 'form', name: '格式合规', note: '标题层级、表头、〔〕书名号' },
    { key: 'table', name: '表格与图片核过', note: '合计、单位、说明' },
  ],
}
