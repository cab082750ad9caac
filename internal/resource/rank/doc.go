// Package rank (发文机关与上级) decides which site may amend or repeal a document of another owner (ADR 028): the site of
// the issuer, and the sites of organs superior to the issuer. The organ of a site is its sponsor (主办单位). The issuer
// in an item's metadata is not used for the acting site, because anybody can write it. Superior organs are the
// sponsors of the sites above. The package does no I/O.
//
// Neighbours: used by resource.
package rank
