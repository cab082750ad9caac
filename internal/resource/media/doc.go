// Package media (图片与附件) manages the files of items: pictures, sounds, videos and attachments. A file is uploaded for an
// owner, and its type is recognized by its bytes. Then an edition names it by its hash. An edition may only name files
// that were uploaded for the owner or that an earlier edition of the item had. So knowing a hash gives no access.
//
// Table: resource_media. Neighbours: the bytes are in kernel/blob; used by resource.
package media
