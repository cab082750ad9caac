package org

import "testing"

func TestValidUSCC(t *testing.T) {
	for code, want := range map[string]bool{
		"11441700007280420Y": true, "11440232MB2D06811W": true, // golden vectors of the standards reference
		"114403006955506492": true, "11511301008778183N": true,
		"11441700007280420X": false, // wrong check character
		"11441700007280421Y": false, // organisation code inside is wrong
		"1144170000728042OY": false, // the letter O is not in the alphabet
		"11441700007280420y": false, "": false, "11441700007280420": false, "11441700007280420YY": false,
	} {
		if got := ValidUSCC(code); got != want {
			t.Errorf("ValidUSCC(%q) = %v, want %v", code, got, want)
		}
	}
}

func TestValidOrgCode(t *testing.T) {
	for code, want := range map[string]bool{
		"000014349": true, "007280420": true,
		"000014348": false, "00001434": false, "00001434-9": false, "00001434九": false, "": false,
	} {
		if got := ValidOrgCode(code); got != want {
			t.Errorf("ValidOrgCode(%q) = %v, want %v", code, got, want)
		}
	}
}

// Every single-character change of a valid code must be noticed or at worst collide
// rarely; changing the check character alone must always be noticed.
func TestCheckCharacterAlwaysDecides(t *testing.T) {
	const good = "11441700007280420Y"
	for _, c := range usccAlphabet {
		code := good[:17] + string(c)
		if ValidUSCC(code) != (code == good) {
			t.Errorf("check character %q of %s", c, good)
		}
	}
}

func TestSiteIDCodeForm(t *testing.T) {
	for code, want := range map[string]string{
		"1304000009": "local", "bm29000002": "ministry",
		"310000000044": "", "BM29000002": "", "bm2900000x": "", "": "", "130400000": "",
	} {
		if got := SiteIDCodeForm(code); got != want {
			t.Errorf("SiteIDCodeForm(%q) = %q, want %q", code, got, want)
		}
	}
}

func FuzzCodes(f *testing.F) {
	f.Add("11441700007280420Y")
	f.Add("\xff九")
	f.Fuzz(func(t *testing.T, s string) {
		if ValidUSCC(s) && !ValidOrgCode(s[8:17]) {
			t.Errorf("%q: valid as a whole but not inside", s)
		}
		SiteIDCodeForm(s)
	})
}
