// Command ferretdb is the server that the tests of the MongoDB store fall back to: FerretDB over SQLite, on the loopback interface only.
// It uses FerretDB's embeddable package, which never runs telemetry.
//
// Once it listens, it prints its URI, one line, to standard output. It ends at SIGINT and SIGTERM, and with -with-stdin as soon as standard
// input is closed, so that it never outlives the process that started it, however that one died.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
	_ "modernc.org/sqlite"
)

func main() {
	port := flag.Int("port", 0, "port on 127.0.0.1; 0 takes a free one")
	data := flag.String("data", "", "folder of the SQLite files; must exist")
	withStdin := flag.Bool("with-stdin", false, "end when standard input is closed")
	flag.Parse()

	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: fmt.Sprintf("127.0.0.1:%d", *port)},
		Handler:   "sqlite",
		SQLiteURL: "file:" + *data + "/",
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *withStdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	go func() {
		indexed := map[string]bool{}
		for ctx.Err() == nil {
			indexIds(*data, indexed)
			time.Sleep(100 * time.Millisecond)
		}
	}()
	go func() { fmt.Println(server.MongoDBURI()) }()
	if err := server.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// indexIds gives every table the index on _id that FerretDB means to use. The one that it creates is on another spelling of the same expression
// than its queries have, so SQLite never uses it, and every look-up reads the whole table. What fails is tried again the next time.
func indexIds(data string, indexed map[string]bool) {
	files, _ := filepath.Glob(filepath.Join(data, "*.sqlite"))
	for _, file := range files {
		// mode=rw: a database that is being dropped must not come back
		db, err := sql.Open("sqlite", "file:"+file+"?mode=rw&_pragma=busy_timeout(1000)")
		if err != nil {
			continue
		}
		for _, table := range tablesOf(db) {
			if key := file + " " + table; !indexed[key] {
				_, err := db.Exec(fmt.Sprintf(`CREATE INDEX IF NOT EXISTS %q ON %q (_ferretdb_sjson->'$._id')`, "find_"+table, table))
				indexed[key] = err == nil
			}
		}
		_ = db.Close()
	}
}

func tablesOf(db *sql.DB) []string {
	rows, err := db.Query("SELECT table_name FROM _ferretdb_collections")
	if err != nil {
		return nil
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var table string
		if rows.Scan(&table) == nil {
			tables = append(tables, table)
		}
	}
	return tables
}
