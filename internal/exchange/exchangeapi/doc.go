// Package exchangeapi (导入接口) has the API operations on uploads, import jobs and their quarantine. It only converts
// requests and responses; package importjob does the work. An uploaded body is read as a stream, not into memory.
package exchangeapi
