module habits

go 1.21
