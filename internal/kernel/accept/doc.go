// Package accept (准入检查) decides by content which pictures and attachments may be published.
package accept
