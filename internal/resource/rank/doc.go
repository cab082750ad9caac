// Package rank (发文机关与上级) decides which site may amend or repeal a document of another: the
// one of its issuer, and those of the organs above the issuer (ADR 028). The organ of a site
// is its sponsor (主办单位): what an item says of its own issuer proves nothing. Organs above
// are the sponsors of the sites above in the network. Pure: it computes from names.
//
// Neighbours: used by resource.
package rank
