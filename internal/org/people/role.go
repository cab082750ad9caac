package people

import (
	_ "embed" // roles.yaml
	"slices"
	"strings"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/yamlfile"
)

// SystemAdmin, SecurityAdmin and Auditor are the codes of the three administrator roles; the first two are named by
// rules of this package.
const (
	SystemAdmin   = "system-admin"
	SecurityAdmin = "security-admin"
	Auditor       = "auditor"
)

// Role is a set of permissions with a name.
type Role struct {
	Code        string             `yaml:"code"`
	Name        string             `yaml:"name"`
	Admin       bool               `yaml:"admin"` // one of the three administrators
	Permissions []actor.Permission `yaml:"permissions"`
}

//go:embed roles.yaml
var roleFile []byte

// Roles returns all roles.
func Roles() ([]Role, error) {
	var roles []Role
	if faults, _ := yamlfile.Decode(roleFile, &roles); len(faults) > 0 {
		return nil, fault.New(fault.Internal, "角色文件有误：%s", strings.Join(faults, "；"))
	}
	return roles, nil
}

// Role returns the role with the code.
func (d *Desk) Role(code string) (Role, bool) {
	i := slices.IndexFunc(d.roles, func(r Role) bool { return r.Code == code })
	if i < 0 {
		return Role{}, false
	}
	return d.roles[i], true
}

// Roles returns all roles, for callers who may read people.
func (d *Desk) Roles() []Role { return slices.Clone(d.roles) }

// Holders returns the names of the roles that have a permission.
func (d *Desk) Holders(p actor.Permission) (names []string) {
	for _, r := range d.roles {
		if slices.Contains(r.Permissions, p) {
			names = append(names, r.Name)
		}
	}
	return names
}
