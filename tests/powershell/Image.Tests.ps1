# SPDX-License-Identifier: MIT
Describe 'Images' {
    It 'are typed objects, with bytes and dates' {
        $image = Get-WcowImage nano:1
        $image.PSObject.TypeNames[0] | Should -Be Wcow.Image
        $image.Reference, $image.Repository, $image.Tag | Should -Be 'nano:1', 'nano', '1'
        $image.Id | Should -Match '^sha256:[0-9a-f]{64}$'
        $image.Size | Should -BeOfType long
        $image.Size | Should -BeGreaterThan 1000000
        $image.Created | Should -BeOfType datetime
        $image.OsVersion | Should -Match '^10\.0\.'
        (Get-WcowImage nano).Reference | Should -Be 'nano:1'
        @(Get-WcowImage n*).Count | Should -Be 1
        (Get-WcowImage $image.ShortId | Select-Object -First 1).Id | Should -Be $image.Id
        (Get-WcowImage nano:1 -Detailed).Detail.RootFS.Layers.Count | Should -Be 1
    }
    It 'have a history' {
        $steps = @(Get-WcowImage nano:1 | Get-WcowImageHistory)
        $steps[0].Size | Should -BeOfType long
        $steps[0].Created | Should -BeOfType datetime
    }
    It 'get another name and lose it again' {
        (Get-WcowImage nano:1 | Set-WcowImageTag -NewName test:a -PassThru).Reference | Should -Be 'test:a'
        (Set-WcowImageTag nano:1 docker.io/library/test -PassThru).Reference | Should -Be 'test:latest'
        (Get-WcowImage docker.io/test:a).Reference | Should -Be 'test:a'
        Get-WcowImage test:* | Remove-WcowImage
        Get-WcowImage test:* | Should -BeNullOrEmpty
        (Get-WcowImage nano:1).Reference | Should -Be 'nano:1'
    }
    It 'go into archives, and come back' {
        $file = Export-WcowImage nano:1 -Path C:\nano.tar
        $file | Should -BeOfType IO.FileInfo
        Remove-WcowImage nano:1
        (Get-Item C:\nano.tar | Import-WcowImage).Reference | Should -Be 'nano:1'
        Remove-Item C:\nano.tar
    }
    It 'are made of containers' {
        New-WcowContainer nano:1 -Name build -Command ping | Start-WcowContainer
        Wait-WcowContainer build | Out-Null
        $made = New-WcowImage build -Image test:built -Change 'ENV A=b', 'CMD ["cmd", "/c", "echo own"]' -Message 'a note'
        $made.Reference | Should -Be 'test:built'
        (Get-WcowImage test:built -Detailed).Detail.Config.Env | Should -Contain 'A=b'
        Invoke-WcowContainer test:built -Remove | Should -Be own
        Remove-WcowContainer build
        Remove-WcowImage test:built
    }
    It 'that cannot be had are an error' {
        Request-WcowImage localhost:1/nothing:1 -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems.Count | Should -Be 1
        $problems[0].TargetObject | Should -Be 'localhost:1/nothing:1'
    }
}

Describe 'Progress of a pull' {
    It 'counts the layers that are there' {
        $shell = [powershell]::Create().AddScript({
                Import-Module $env:WCOW_TEST_MODULE
                & (Get-Module Wcow) {
                    [CmdletBinding()] param()
                    $lines = 'latest: Pulling from nano', '0f04c51d4768: Pulling fs layer', 'aaaaaaaaaaaa: Pulling fs layer', '0f04c51d4768: Pull complete'
                    $lines | Show-WcowTransfer -Activity x -Cmdlet $PSCmdlet
                }
            })
        [void] $shell.Invoke()
        $records = @($shell.Streams.Progress.ReadAll() | Where-Object Activity -eq x)
        $records[-2].PercentComplete | Should -Be 50
        $records[-2].StatusDescription | Should -Be '1 of 2 layers'
        $records[-1].RecordType | Should -Be Completed
    }
}
