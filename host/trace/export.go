package trace

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"google.golang.org/protobuf/proto"

	"workcell/host/telemetry"
)

// maxAnswerBytes bounds what is read of a collector's answer: enough to use the connection again.
const maxAnswerBytes = 64 << 10

// export sends a batch, once: a collector that cannot take it now is not waited for, so that what is fresh gets its
// chance. Spans it did not take are counted. The log hears of it when exporting begins to fail and when it works again.
func (t *Tracer) export(ctx context.Context, batch []telemetry.Message) {
	if len(batch) == 0 {
		return
	}
	var spans uint64
	for i := range batch {
		spans += spansOf(&batch[i])
	}
	err := t.post(ctx, batch)
	if err != nil {
		t.lost.Add(spans)
	} else {
		t.spans.Add(spans)
	}
	switch {
	case err != nil && !t.failing:
		t.config.Log.Warn("traces are dropped: the collector does not take them; see tracing.endpoint", telemetry.Error, err)
	case err == nil && t.failing:
		t.config.Log.Info("traces are exported again")
	}
	t.failing = err != nil
}

// post makes one request to the collector.
func (t *Tracer) post(ctx context.Context, batch []telemetry.Message) error {
	body, err := proto.Marshal(traces(t.config.Version, batch))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, t.config.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.config.Endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("User-Agent", "workcell/"+t.config.Version)
	res, err := t.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswerBytes) // so that the connection is used again
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answers %s", res.Status)
	}
	return nil
}
