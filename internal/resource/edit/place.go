package edit

import (
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// PlaceIn is a place in a column of a site, under the edition's own title and date.
func PlaceIn(siteID int64, c *site.Column) resource.Place {
	return resource.Place{SiteID: siteID, ColumnID: c.ID, ColumnPath: c.Path, OwnPage: c.Kind != site.KindPage}
}
