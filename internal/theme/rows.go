package theme

// Row is a band of the home page. Its blocks are next to each other on a wide screen.
type Row struct {
	Layout string // one | wide (2.5:1) | half (1:1) | third (1:1:1)
	Alt    bool   // tinted band
	Blocks []Block
}

// width is the share of a row that a block needs.
type width int

const (
	full width = iota
	wide
	half
	narrow
)

func widthOf(b Block) width {
	switch {
	case b.Focus != nil, b.List != nil:
		return half
	case b.Documents != nil:
		return wide
	case b.Disclosure != nil:
		return narrow
	}
	return full
}

// rowsOf groups adjacent blocks into rows: focus + list, documents + disclosure or list, up to three lists.
func rowsOf(blocks []Block) []Row {
	var rows []Row
	alt := false
	for i := 0; i < len(blocks); {
		n, layout := rowAt(blocks[i:])
		row := Row{Layout: layout, Blocks: blocks[i : i+n]}
		if b := blocks[i]; b.Headline == nil && b.Notice == nil {
			row.Alt = alt
			alt = !alt
		}
		rows = append(rows, row)
		i += n
	}
	return rows
}

func rowAt(blocks []Block) (n int, layout string) {
	first, second := widthOf(blocks[0]), full
	if len(blocks) > 1 {
		second = widthOf(blocks[1])
	}
	switch {
	case first == wide && (second == narrow || second == half):
		return 2, "wide"
	case blocks[0].List != nil && len(blocks) > 2 && blocks[1].List != nil && blocks[2].List != nil:
		return 3, "third"
	case first == half && (second == half || second == narrow):
		return 2, "half"
	}
	return 1, "one"
}
