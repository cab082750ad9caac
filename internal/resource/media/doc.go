// Package media (图片与附件) has the files that items show: pictures, sounds, videos and
// attachments. A file is uploaded first, for an owner, and recognized by its bytes; an edition then
// names it by its hash. An edition may name only files that were uploaded for the owner, and
// those that the item had before: a hash that somebody has learnt opens nothing.
//
// Table: resource_media. Neighbours: the bytes are in kernel/blob; used by resource.
package media
