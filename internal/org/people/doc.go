// Package people (人员) holds who works on the platform: departments (部门), officers (工作人员) with their roles, how
// they prove who they are, and their sessions.
//
//	link "first" ──▶ system administrator ──▶ officers ──link "password"──▶ password ──▶ session
//	                       │ while there is none: names the security administrator and the auditor
//	                       ▼
//	                security administrator ──▶ grants (授权): a role, with sites, columns and units
//
// There is no built-in account and no built-in password. A role is a set of permissions (roles.yaml). Nobody holds two
// of the three administrator roles (三员分立): a unique index refuses it. An officer with an administrator role has no
// other role.
//
// Whether an account exists cannot be found out: a wrong account and a wrong password get the same answer after the
// same work, and a name that nobody has is locked after failures like every other.
//
// A password is stored as argon2id; secrets of links, sessions and recovery codes as SHA-256, because they are random.
// The secret of a second factor (动态口令, RFC 6238) and the phone number are encrypted for their officer.
//
// States of an officer: active ⇄ disabled. Rows of officers are never removed: audit rows name them.
//
// Tables: org_department, org_officer, org_grant, org_credential, org_session, org_link, org_attempt. Neighbours:
// actor, audit, rule, store; studio signs people in; org/orgapi has the operations.
package people
