// Package exchangeapi (导入接口) has the operations of the API on uploads, import jobs
// and their quarantine. What they do is decided in package importjob; here are only the
// forms of request and answer. A body of an upload is read as it comes, never whole.
package exchangeapi
