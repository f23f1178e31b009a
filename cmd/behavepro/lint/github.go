package lint

import (
	"fmt"
	"io"
	"strings"

	"github.com/behavepro/behavepro/api/client"
)

// What ends or divides a workflow command of GitHub Actions.
var (
	inMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// WriteGitHub writes findings as annotations of GitHub Actions, one a line. Nothing that a feature file says can begin another command.
func WriteGitHub(w io.Writer, findings []client.Finding) error {
	command := map[string]string{Error: "error", Warning: "warning", Note: "notice"}
	for i := range findings {
		f := &findings[i]
		_, err := fmt.Fprintf(w, "::%s file=%s,line=%d,title=%s::%s\n", command[f.Level], inProperty.Replace(f.Path), max(f.Line, 1),
			inProperty.Replace("behavepro "+f.Rule), inMessage.Replace(f.Message))
		if err != nil {
			return err
		}
	}
	return nil
}
