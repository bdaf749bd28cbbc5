module example.com/zoo122

go 1.22
